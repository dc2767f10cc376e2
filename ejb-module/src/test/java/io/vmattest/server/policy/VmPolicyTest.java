// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.core.appraisal.AppraisalPolicy;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VmPolicyTest {
  @Test
  void theDefaultComparesConfigurationAndControlRegistersOnALiveVm() {
    assertEquals(Set.of("config", "cpu/control"), VmPolicy.DEFAULT.appraisal().live());
    assertEquals(Set.of(AppraisalPolicy.ALL), VmPolicy.DEFAULT.appraisal().exact());
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 1, 4, 2678401, Long.MAX_VALUE})
  void refusesIntervalsOutOfBounds(long seconds) {
    assertInvalid(AppraisalPolicy.DEFAULT, Duration.ofSeconds(seconds));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a,b", "Memory", "**", "a b", "/x"})
  void refusesNamesThatNoComponentHas(String name) {
    assertInvalid(new AppraisalPolicy(Set.of(name), Set.of(), false), Duration.ZERO);
    assertInvalid(new AppraisalPolicy(Set.of(), Set.of(name), false), Duration.ZERO);
  }

  @Test
  void refusesMoreNamesThanThereAreComponents() {
    Set<String> names =
        IntStream.range(0, 65).mapToObj(i -> "disk/vd" + i).collect(Collectors.toSet());
    assertInvalid(new AppraisalPolicy(names, Set.of(), false), Duration.ZERO);
  }

  @Test
  void comesBackFromItsRowAsItWas() {
    VmPolicy policy =
        new VmPolicy(
            new AppraisalPolicy(Set.of("config", "disk/vda"), Set.of(), true),
            Duration.ofMinutes(5));
    assertEquals(policy, new PolicyRow(UUID.randomUUID(), policy).policy());
  }

  private static void assertInvalid(AppraisalPolicy appraisal, Duration interval) {
    assertEquals(
        Problem.INVALID_REQUEST,
        assertThrows(ServiceException.class, () -> new VmPolicy(appraisal, interval)).problem());
  }
}
