// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.core.appraisal.AppraisalPolicy;
import io.vmattest.core.appraisal.GuestPolicy;
import io.vmattest.hypervisor.api.CaptureRequest;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.testing.TestDatabase;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VmPolicyTest {
  private static final Set<String> EVERYTHING = Set.of(AppraisalPolicy.ALL);

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
  @ValueSource(strings = {"", "a,b", "Memory", "**", "a b", "/x", "cpu/contrl", "kernel/txt"})
  void refusesNamesThatNoComponentHas(String name) {
    assertInvalid(new AppraisalPolicy(Set.of(name), EVERYTHING), Duration.ZERO);
    assertInvalid(new AppraisalPolicy(EVERYTHING, Set.of("memory", name)), Duration.ZERO);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "bin/sh", "*", "/bin/a\nb"})
  void refusesExecutablesThatNoPathIs(String path) {
    assertInvalid(
        new AppraisalPolicy(EVERYTHING, EVERYTHING, new GuestPolicy(Set.of(), Set.of(path))),
        Duration.ZERO);
  }

  @Test
  void refusesToForbidWhatNobodyKnows() {
    assertThrows(ServiceException.class, () -> GuestTerms.forbidden(Set.of("module")));
    assertEquals(
        EnumSet.allOf(GuestPolicy.Forbidden.class),
        GuestTerms.forbidden(Set.of("listeners", "modules", "privileges", "tracing")));
  }

  @Test
  void refusesToCompareNothing() {
    assertInvalid(new AppraisalPolicy(Set.of(), EVERYTHING), Duration.ZERO);
    assertInvalid(new AppraisalPolicy(EVERYTHING, Set.of()), Duration.ZERO);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 0, 4, 60_001, Long.MAX_VALUE})
  void refusesPausesOutOfBounds(long millis) {
    assertEquals(
        Problem.INVALID_REQUEST,
        assertThrows(
                ServiceException.class,
                () ->
                    new VmPolicy(AppraisalPolicy.DEFAULT, Duration.ZERO, Duration.ofMillis(millis)))
            .problem());
  }

  @Test
  void itsPausesAreThoseThatTheConnectorAllows() {
    assertEquals(
        CaptureRequest.LEAST_PAUSE_MILLIS, Math.toIntExact(VmPolicy.LEAST_PAUSE.toMillis()));
    assertEquals(CaptureRequest.MOST_PAUSE_MILLIS, Math.toIntExact(VmPolicy.MOST_PAUSE.toMillis()));
    assertEquals(CaptureRequest.DEFAULT_MAX_PAUSE, VmPolicy.DEFAULT.maxPause());
  }

  @Test
  void comesBackFromItsRowAsItWas() {
    VmPolicy policy =
        new VmPolicy(
            new AppraisalPolicy(
                Set.of("config", "cpu/control", "kernel/text"),
                EVERYTHING,
                new GuestPolicy(
                    Set.of(GuestPolicy.Forbidden.MODULES, GuestPolicy.Forbidden.TRACING),
                    Set.of("/usr/bin/*", "/sbin/a,b"))),
            Duration.ofMinutes(5),
            Duration.ofMillis(20),
            Retention.UNLIMITED,
            new ReactionTerms(Reaction.APPROVE, Duration.ofMinutes(1), 5, Duration.ofHours(2)));
    assertEquals(policy, new PolicyRow(UUID.randomUUID(), policy).policy());
  }

  @Test
  void aRetentionComesBackFromTheDatabaseAsItWas() {
    Retention retention =
        new Retention(Optional.of(3L), Optional.of(Duration.ofDays(30)), Optional.empty());
    VmPolicy policy =
        new VmPolicy(
            AppraisalPolicy.DEFAULT,
            Duration.ZERO,
            VmPolicy.DEFAULT.maxPause(),
            retention,
            ReactionTerms.DEFAULT);
    UUID vm = UUID.randomUUID();
    try (TestDatabase database = new TestDatabase()) {
      database.run(em -> em.persist(new PolicyRow(vm, policy)));
      // A second start finds the columns there already.
      database.reopen();
      assertEquals(
          policy, database.transaction(em -> em.find(PolicyRow.class, vm.toString()).policy()));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE})
  void refusesToKeepNothing(long limit) {
    assertInvalid(() -> new Retention(Optional.of(limit), Optional.empty(), Optional.empty()));
    assertInvalid(() -> new Retention(Optional.empty(), Optional.empty(), Optional.of(limit)));
    assertInvalid(
        () ->
            new Retention(
                Optional.empty(), Optional.of(Duration.ofSeconds(limit)), Optional.empty()));
  }

  @Test
  void aPolicyOfAnOlderVersionRollsBackAsItDid() {
    try (TestDatabase database = new TestDatabase(TestDatabase.BEFORE_REACTIONS)) {
      UUID rolledBack = older(database, true);
      UUID left = older(database, false);
      database.migrate();
      assertEquals(Reaction.ROLL_BACK, reaction(database, rolledBack));
      assertEquals(Reaction.ALERT, reaction(database, left));
    }
  }

  private static UUID older(TestDatabase database, boolean rollBack) {
    UUID vm = UUID.randomUUID();
    database.tamper(
        "INSERT INTO vm_policy (vm_id, live_components, exact_components, roll_back,"
            + " interval_seconds) VALUES ('%s', '*', '*', %s, 0)".formatted(vm, rollBack));
    return vm;
  }

  private static Reaction reaction(TestDatabase database, UUID vm) {
    return database
        .transaction(em -> em.find(PolicyRow.class, vm.toString()).policy())
        .reaction()
        .reaction();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, 25, Long.MIN_VALUE, Long.MAX_VALUE})
  void aNumberOfRollbacksThatIsNoLimitIsRefused(long most) {
    ReactionTerms d = ReactionTerms.DEFAULT;
    assertInvalid(() -> new ReactionTerms(Reaction.ROLL_BACK, d.coolDown(), most, d.period()));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, 1L << 40})
  void timesBetweenRollbacksHaveBounds(long seconds) {
    ReactionTerms d = ReactionTerms.DEFAULT;
    Duration time = Duration.ofSeconds(seconds);
    assertInvalid(() -> new ReactionTerms(Reaction.ROLL_BACK, time, 3, d.period()));
    assertInvalid(() -> new ReactionTerms(Reaction.ROLL_BACK, d.coolDown(), 3, time));
  }

  private static void assertInvalid(Executable made) {
    assertEquals(Problem.INVALID_REQUEST, assertThrows(ServiceException.class, made).problem());
  }

  private static void assertInvalid(AppraisalPolicy appraisal, Duration interval) {
    assertEquals(
        Problem.INVALID_REQUEST,
        assertThrows(ServiceException.class, () -> new VmPolicy(appraisal, interval)).problem());
  }
}
