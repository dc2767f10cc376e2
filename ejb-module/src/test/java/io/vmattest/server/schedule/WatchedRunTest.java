// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import io.vmattest.server.attestation.Attestation;
import io.vmattest.server.attestation.AttestationRequest;
import io.vmattest.server.attestation.AttestationRequest.Trigger;
import io.vmattest.server.attestation.AttestationService;
import io.vmattest.server.policy.Baselines;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.testing.StandInExecutor;
import io.vmattest.server.testing.StandInHost;
import io.vmattest.server.verification.Verification;
import io.vmattest.server.verification.VerificationService;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WatchedRunTest {
  private final UUID vm = UUID.randomUUID();
  private final StandInHost host = new StandInHost();
  private final Queue<Runnable> queued = new ArrayDeque<>();
  private final List<String> done = new ArrayList<>();
  private final List<String> alerts = new ArrayList<>();
  private final WatchedRun runs = new WatchedRun();
  private boolean hasBaseline = true;
  private boolean full;
  private Problem failure = Problem.CAPTURE_IN_PROGRESS;

  @BeforeEach
  void wire() {
    host.has(vm, RunState.RUNNING);
    runs.host = host;
    runs.executor = StandInExecutor.of(this::queue);
    runs.baselines =
        new Baselines() {
          @Override
          public boolean isChosen(UUID id) {
            return hasBaseline;
          }
        };
    runs.attestations =
        new AttestationService() {
          @Override
          public Attestation attest(AttestationRequest request) {
            done.add("attest " + request.trigger());
            throw new ServiceException(failure, "the test's");
          }
        };
    runs.verifications =
        new VerificationService() {
          @Override
          public Verification verify(UUID id, Trigger trigger) {
            done.add("verify " + trigger);
            throw new ServiceException(failure, "the test's");
          }
        };
    runs.overdue =
        new OverdueWatch() {
          @Override
          public void beforeReport(UUID id) {
            done.add("look");
          }
        };
    runs.alert =
        new FailureAlert() {
          @Override
          public void send(UUID id, String trigger, String reason, String detail) {
            alerts.add(reason);
          }
        };
  }

  @Test
  void whileOneRunHasNotEndedTheNextAreLeftOutHoweverManyComeDue() {
    for (int i = 0; i < 10; i++) {
      runs.start(vm, Trigger.TIMER);
    }
    assertEquals(1, queued.size());
    queued.remove().run();
    runs.start(vm, Trigger.TIMER);
    assertEquals(1, queued.size());
  }

  @Test
  void otherVmsDoNotWaitForIt() {
    runs.start(vm, Trigger.TIMER);
    runs.start(UUID.randomUUID(), Trigger.TIMER);
    assertEquals(2, queued.size());
  }

  @Test
  void aRunThatFoundNoThreadLeavesTheVmFree() {
    full = true;
    runs.start(vm, Trigger.TIMER);
    full = false;
    runs.start(vm, Trigger.TIMER);
    assertEquals(1, queued.size());
  }

  @Test
  void byTheClockAVmWithABaselineIsVerifiedAndOneWithoutIsAttested() {
    run(Trigger.TIMER);
    hasBaseline = false;
    run(Trigger.TIMER);
    assertEquals(List.of("look", "verify TIMER", "look", "attest TIMER"), done);
  }

  @Test
  void aVmThatHasJustStartedIsAttestedOnlyForItsFirmwareIsNotItsBaseline() {
    run(Trigger.EVENT);
    assertEquals(List.of("look", "attest EVENT"), done);
  }

  @Test
  void aVmThatDoesNotRunIsNotAttested() {
    UUID off = UUID.randomUUID();
    host.has(off, RunState.SHUT_OFF);
    runs.start(off, Trigger.TIMER);
    queued.remove().run();
    assertEquals(List.of(), done);
  }

  @Test
  void aFailureIsToldUnlessAnotherWorksOnTheVm() {
    run(Trigger.TIMER);
    assertEquals(List.of(), alerts);
    failure = Problem.TEE_UNAVAILABLE;
    run(Trigger.TIMER);
    assertEquals(List.of("TEE_UNAVAILABLE"), alerts);
  }

  private void run(Trigger trigger) {
    runs.start(vm, trigger);
    queued.remove().run();
  }

  /** Runs nothing by itself. */
  private void queue(Runnable task) {
    if (full) {
      throw new RejectedExecutionException("full");
    }
    queued.add(task);
  }
}
