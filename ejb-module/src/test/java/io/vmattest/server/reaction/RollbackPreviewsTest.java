// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.reaction;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.core.report.Digest;
import io.vmattest.core.testing.ReportMaker;
import io.vmattest.core.testing.StandInTpm;
import io.vmattest.hypervisor.api.KeptSnapshot;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.policy.Policies;
import io.vmattest.server.policy.Reaction;
import io.vmattest.server.policy.ReactionTerms;
import io.vmattest.server.policy.VmPolicy;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.reaction.RollbackPreview.Obstacle;
import io.vmattest.server.reaction.RollbackPreview.Outcome;
import io.vmattest.server.rollback.RollbackHistory;
import io.vmattest.server.rollback.RollbackHistory.Limit;
import io.vmattest.server.rollback.RollbackHistory.Refusal;
import io.vmattest.server.rollback.RollbackService;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RollbackPreviewsTest {
  private static final StoredReport TARGET =
      new StoredReport(new ReportMaker().sign(new StandInTpm()), "<domain/>", true, 0);

  private final LittleHost host = new LittleHost();
  private Reaction reaction = Reaction.ALERT;
  private List<Refusal> limits = List.of();

  @Test
  void whatNothingIsInTheWayOfWouldRunAndNothingIsTouched() {
    kept();
    RollbackPreview preview = preview();
    assertEquals(Outcome.RUN, preview.outcome());
    assertEquals(TARGET, preview.target());
    assertEquals(List.of("vda"), preview.disks());
    assertEquals(List.of(), preview.obstacles());
    assertEquals(List.of(), host.calls, "calls that change something");
  }

  @Test
  void whereTwoAreWantedItWouldBeProposed() {
    kept();
    reaction = Reaction.APPROVE;
    assertEquals(Outcome.PROPOSE, preview().outcome());
  }

  @Test
  void everythingInTheWayIsNamed() {
    host.state = RunState.SHUT_OFF;
    assertRefused(Problem.NO_SUCH_SNAPSHOT, Problem.VM_NOT_ACTIVE);
    kept();
    host.touched = List.of("vda");
    assertRefused(Problem.SNAPSHOT_DAMAGED, Problem.VM_NOT_ACTIVE);
    host.state = RunState.SUSPENDED;
    host.touched = List.of();
    limits = List.of(new Refusal(Limit.RUNNING, "one is running"));
    assertRefused(Problem.BUSY);
  }

  @Test
  void aLimitOfAutomaticOnesKeepsNoPersonFromIt() {
    kept();
    limits = List.of(new Refusal(Limit.COOL_DOWN, "not long enough ago"));
    assertEquals(Outcome.RUN, preview().outcome());
    assertEquals(limits, preview().limits());
  }

  private void kept() {
    host.kept =
        List.of(
            new KeptSnapshot(
                TARGET.report().snapshot(), Instant.EPOCH, Optional.empty(), List.of("vda")));
  }

  private void assertRefused(Problem... problems) {
    RollbackPreview preview = preview();
    assertEquals(Outcome.REFUSE, preview.outcome());
    assertEquals(List.of(problems), preview.obstacles().stream().map(Obstacle::problem).toList());
  }

  private RollbackPreview preview() {
    RollbackPreviews previews = new RollbackPreviews();
    previews.host = host;
    previews.rollbacks =
        new RollbackService() {
          @Override
          public StoredReport target(UUID vm, Optional<Digest> report) {
            return TARGET;
          }
        };
    previews.history =
        new RollbackHistory() {
          @Override
          public List<Refusal> limits(
              UUID vm, Digest target, Optional<Digest> cause, ReactionTerms terms) {
            return limits;
          }
        };
    previews.policies =
        new Policies() {
          @Override
          public VmPolicy of(UUID vm) {
            return VmPolicy.DEFAULT.with(reaction);
          }
        };
    return previews.of(TARGET.report().vmId(), Optional.empty());
  }
}
