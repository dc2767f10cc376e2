// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.server.policy.Reaction;
import io.vmattest.server.policy.ReactionTerms;
import io.vmattest.server.policy.VmPolicy;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyViewTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"live\": [], \"exact\": []}",
        "{\"live\": []}",
        "{\"exact\": []}",
        "{\"live\": [\"cpu/contrl\"]}",
        "{\"exact\": [\"memory\", \"nothing\"]}",
        "{\"forbidden\": [\"module\"]}",
        "{\"executables\": [\"sh\"]}",
        "{\"reaction\": \"NONE\"}",
        "{\"reaction\": true}",
        "{\"coolDown\": \"PT0S\"}",
        "{\"mostRollbacks\": 0}",
        "{\"rollbackPeriod\": \"PT1M\"}",
        "{\"maxPauseMillis\": 4}",
        "{\"maxPauseMillis\": 60001}",
        "{\"maxPauseMillis\": 9223372036854775807}"
      })
  void aPolicyThatComparesNothingOrWhatNoReportHasOrPausesForTooLongIsInvalid(String body) {
    assertEquals(
        Problem.INVALID_REQUEST, assertThrows(ServiceException.class, () -> read(body)).problem());
  }

  @Test
  void whatIsLeftOutIsAsInTheDefault() {
    VmPolicy policy = read("{\"live\": [\"*\"]}");
    assertEquals(Set.of("*"), policy.appraisal().live());
    assertEquals(VmPolicy.DEFAULT.appraisal().exact(), policy.appraisal().exact());
    assertEquals(VmPolicy.DEFAULT.interval(), policy.interval());
    assertEquals(VmPolicy.DEFAULT.maxPause(), policy.maxPause());
  }

  @Test
  void whatIsForbiddenInsideAGuestIsReadAndShown() {
    String terms = "\"forbidden\":[\"modules\",\"tracing\"],\"executables\":[\"/bin/*\"]";
    VmPolicy policy = read("{" + terms + "}");
    assertEquals(Set.of("/bin/*"), policy.appraisal().guest().executables());
    assertTrue(PolicyView.of(policy).toString().contains(terms), PolicyView.of(policy).toString());
    assertEquals(VmPolicy.DEFAULT.appraisal().guest(), read("{}").appraisal().guest());
  }

  @Test
  void theLongestPauseIsReadAndShown() {
    VmPolicy policy = read("{\"maxPauseMillis\": 20}");
    assertEquals(Duration.ofMillis(20), policy.maxPause());
    assertEquals(20, PolicyView.of(policy).getInt("maxPauseMillis"));
  }

  @Test
  void theReactionIsReadAndShownWithItsLimits() {
    VmPolicy policy =
        read(
            "{\"reaction\": \"ROLL_BACK\", \"coolDown\": \"PT1M\", \"mostRollbacks\": 5,"
                + " \"rollbackPeriod\": \"PT2H\"}");
    assertEquals(
        new ReactionTerms(Reaction.ROLL_BACK, Duration.ofMinutes(1), 5, Duration.ofHours(2)),
        policy.reaction());
    assertEquals("ROLL_BACK", PolicyView.of(policy).getString("reaction"));
    assertEquals("PT1M", PolicyView.of(policy).getString("coolDown"));
    assertEquals(5, PolicyView.of(policy).getInt("mostRollbacks"));
    assertEquals("PT2H", PolicyView.of(policy).getString("rollbackPeriod"));
  }

  @Test
  void theFormerNameOfAReactionIsReadStill() {
    assertEquals(
        Reaction.ROLL_BACK, read("{\"rollBackOnDiscrepancy\": true}").reaction().reaction());
    assertEquals(Reaction.ALERT, read("{\"rollBackOnDiscrepancy\": false}").reaction().reaction());
    assertEquals(
        Reaction.APPROVE,
        read("{\"reaction\": \"APPROVE\", \"rollBackOnDiscrepancy\": true}").reaction().reaction());
  }

  private static VmPolicy read(String body) {
    return PolicyView.read(new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)));
  }
}
