// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.Digest;
import io.vmattest.health.PartHealth;
import io.vmattest.hypervisor.api.OpenRollback;
import io.vmattest.hypervisor.api.OpenRollbacks;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RollbackHealthTest {
  private static final Digest DIGEST = Digest.sha256(new byte[] {1});

  private static OpenRollback rollback(UUID vm, boolean inDoubt, boolean unclaimed) {
    return new OpenRollback(
        "a".repeat(64),
        vm,
        OpenRollback.Phase.PREPARED,
        Instant.EPOCH,
        DIGEST,
        Optional.empty(),
        true,
        inDoubt,
        unclaimed);
  }

  private static PartHealth of(List<OpenRollback> rollbacks) {
    return RollbackHealth.of(new OpenRollbacks(rollbacks, List.of()));
  }

  @Test
  void onlyVmsInDoubtAreNamedAndTheServerStaysInService() {
    UUID doubtful = UUID.randomUUID();
    UUID hopeless = UUID.randomUUID();
    PartHealth health =
        of(
            List.of(
                rollback(UUID.randomUUID(), false, false),
                rollback(doubtful, true, false),
                rollback(hopeless, true, true)));
    assertTrue(health.up());
    assertEquals("3", health.data().get("open"));
    assertEquals(doubtful + "," + hopeless, health.data().get("inDoubt"));
    assertEquals(hopeless.toString(), health.data().get("resolvable"));
    assertFalse(of(List.of()).data().containsKey("inDoubt"));
  }

  @Test
  void aHostFullOfDoubtsGivesNoEndlessAnswer() {
    String named =
        of(IntStream.range(0, 1000)
                .mapToObj(i -> rollback(UUID.randomUUID(), true, false))
                .toList())
            .data()
            .get("inDoubt");
    assertTrue(String.valueOf(named).endsWith(",..."), named);
    assertTrue(String.valueOf(named).length() < 2000, named);
  }
}
