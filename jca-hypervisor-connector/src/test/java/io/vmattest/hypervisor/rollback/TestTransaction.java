// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.api.RollbackRequest;
import io.vmattest.hypervisor.api.RollbackResult;
import io.vmattest.hypervisor.testing.TestHost;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;

/** What the transaction manager does, step by step. */
final class TestTransaction {
  private static final AtomicInteger BRANCHES = new AtomicInteger();

  final BranchId id = new BranchId(42, "%08x".formatted(BRANCHES.incrementAndGet()), "01");
  final RollbackXaResource resource;
  private final TestHost host;
  private final UUID vm;

  TestTransaction(TestHost host, UUID vm) {
    this.host = host;
    this.vm = vm;
    this.resource = new RollbackXaResource(host.services().rollbacks(), host::link);
  }

  RollbackResult rollBackTo(CaptureResult attested) throws Exception {
    return rollBackTo(attested, TestTransaction::print);
  }

  RollbackResult rollBackTo(CaptureResult attested, ProgressListener progress) throws Exception {
    resource.start(id, XAResource.TMNOFLAGS);
    RollbackResult result =
        host.operations()
            .rollBack(
                resource,
                new RollbackRequest(vm, attested.signedReport(), 100, Optional.empty()),
                progress);
    resource.end(id, XAResource.TMSUCCESS);
    return result;
  }

  private static void print(String step, double fraction) {
    System.out.printf("%tT.%<tL %3.0f%% %s%n", System.currentTimeMillis(), fraction * 100, step);
  }

  /** A listener that has the transaction time out when the rollback comes to a step. */
  ProgressListener timingOutAt(String lastStep) {
    return (step, fraction) -> {
      print(step, fraction);
      if (step.equals(lastStep)) {
        timeOut();
      }
    };
  }

  /** On a thread of its own, as the transaction manager's reaper is. */
  private void timeOut() {
    FutureTask<Boolean> reaper =
        new FutureTask<>(
            () -> {
              resource.end(id, XAResource.TMFAIL);
              resource.rollback(id);
              return true;
            });
    new Thread(reaper, "test-reaper").start();
    try {
      reaper.get();
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  void prepare() throws XAException {
    assertEquals(XAResource.XA_OK, resource.prepare(id));
  }

  void commit() throws XAException {
    prepare();
    resource.commit(id, false);
  }
}
