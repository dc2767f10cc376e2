// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import io.vmattest.core.appraisal.PageDifferences;
import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.CaptureRequest;
import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.api.CounterValue;
import io.vmattest.hypervisor.api.DebugClone;
import io.vmattest.hypervisor.api.GuestCore;
import io.vmattest.hypervisor.api.HypervisorConnection;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.ImportedKernel;
import io.vmattest.hypervisor.api.KeptSnapshot;
import io.vmattest.hypervisor.api.MonotonicCounter;
import io.vmattest.hypervisor.api.NetworkLink;
import io.vmattest.hypervisor.api.OpenRollbacks;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.api.RollbackOutcome;
import io.vmattest.hypervisor.api.RollbackRequest;
import io.vmattest.hypervisor.api.RollbackResult;
import io.vmattest.hypervisor.api.SnapshotCheck;
import io.vmattest.hypervisor.api.VirtualMachine;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** An application's handle on a pooled connection. */
public final class ConnectionHandle implements HypervisorConnection {
  /** Something to do on the connection. */
  @FunctionalInterface
  private interface Call<T> {
    T on(HypervisorManagedConnection connection) throws HypervisorException;
  }

  private volatile @Nullable HypervisorManagedConnection connection;

  ConnectionHandle(HypervisorManagedConnection connection) {
    this.connection = connection;
  }

  void moveTo(HypervisorManagedConnection other) {
    HypervisorManagedConnection former = connection;
    if (former != null) {
      former.release(this);
    }
    connection = other;
  }

  void invalidate() {
    connection = null;
  }

  /** Something that has no answer. */
  @FunctionalInterface
  private interface Act {
    void on(HypervisorManagedConnection connection) throws HypervisorException;
  }

  private void run(Act act) throws HypervisorException {
    call(
        c -> {
          act.on(c);
          return c;
        });
  }

  private <T> T call(Call<T> call) throws HypervisorException {
    HypervisorManagedConnection current = connection;
    if (current == null) {
      throw new IllegalStateException("the connection is closed");
    }
    try {
      return call.on(current);
    } catch (HypervisorException e) {
      current.checkAfter(e);
      throw e;
    }
  }

  @Override
  public String hostId() throws HypervisorException {
    return call(c -> c.operations().hostId());
  }

  @Override
  public List<VirtualMachine> virtualMachines() throws HypervisorException {
    return call(c -> c.operations().virtualMachines());
  }

  @Override
  public VirtualMachine virtualMachine(UUID id) throws HypervisorException {
    return call(c -> c.operations().virtualMachine(id));
  }

  @Override
  public CaptureResult capture(CaptureRequest request, ProgressListener progress)
      throws HypervisorException {
    return call(c -> c.operations().capture(request, progress));
  }

  @Override
  public RollbackResult rollBack(RollbackRequest request, ProgressListener progress)
      throws HypervisorException {
    return call(c -> c.operations().rollBack(c.branch(), request, progress));
  }

  @Override
  public OpenRollbacks openRollbacks() throws HypervisorException {
    return call(c -> c.operations().openRollbacks());
  }

  @Override
  public void resolveRollback(String id, RollbackOutcome outcome) throws HypervisorException {
    run(c -> c.operations().resolveRollback(id, outcome));
  }

  @Override
  public void suspend(UUID vm) throws HypervisorException {
    run(c -> c.operations().guests().suspend(vm));
  }

  @Override
  public void resume(UUID vm) throws HypervisorException {
    run(c -> c.operations().guests().resume(vm));
  }

  @Override
  public List<NetworkLink> links(UUID vm) throws HypervisorException {
    return call(c -> c.operations().guests().links(vm));
  }

  @Override
  public void setLinks(UUID vm, List<NetworkLink> links) throws HypervisorException {
    run(c -> c.operations().guests().setLinks(vm, links));
  }

  @Override
  public List<Digest> snapshots(UUID vm) throws HypervisorException {
    return call(c -> c.operations().snapshots(vm));
  }

  @Override
  public List<KeptSnapshot> keptSnapshots(UUID vm) throws HypervisorException {
    return call(c -> c.operations().store().kept(vm));
  }

  @Override
  public List<String> touchedDisks(UUID vm, Digest snapshot) throws HypervisorException {
    return call(c -> c.operations().store().touchedDisks(vm, snapshot));
  }

  @Override
  public long snapshotBytes(UUID vm) throws HypervisorException {
    return call(c -> c.operations().store().bytes(vm));
  }

  @Override
  public List<UUID> snapshotOwners() throws HypervisorException {
    return call(c -> c.operations().store().owners());
  }

  @Override
  public SnapshotCheck checkSnapshots(UUID vm, boolean repair, ProgressListener progress)
      throws HypervisorException {
    return call(c -> c.operations().store().check(vm, repair, progress));
  }

  @Override
  public PageDifferences compare(UUID vm, Digest snapshot, Digest other, int limit)
      throws HypervisorException {
    return call(c -> c.operations().store().compare(vm, snapshot, other, limit));
  }

  @Override
  public GuestCore core(UUID vm, Digest snapshot) throws HypervisorException {
    return call(c -> c.operations().store().core(vm, snapshot));
  }

  @Override
  public DebugClone startClone(UUID vm, Digest snapshot, Duration life) throws HypervisorException {
    return call(c -> c.operations().clones().start(vm, snapshot, life));
  }

  @Override
  public List<DebugClone> clones(UUID vm) throws HypervisorException {
    return call(c -> c.operations().clones().list(vm));
  }

  @Override
  public void stopClone(UUID vm, UUID clone) throws HypervisorException {
    run(c -> c.operations().clones().stop(vm, clone));
  }

  @Override
  public void dropSnapshot(UUID vm, Digest snapshot) throws HypervisorException {
    run(c -> c.operations().dropSnapshot(vm, snapshot));
  }

  @Override
  public ImportedKernel importKernel(InputStream deb) throws HypervisorException {
    return call(c -> c.operations().kernels().add(deb));
  }

  @Override
  public List<ImportedKernel> kernels() throws HypervisorException {
    return call(c -> c.operations().kernels().list());
  }

  @Override
  public byte[] keyEvidence() throws HypervisorException {
    return call(c -> c.operations().keyEvidence());
  }

  @Override
  public byte[] activateCredential(byte[] credential, byte[] secret) throws HypervisorException {
    return call(c -> c.operations().activateCredential(credential, secret));
  }

  @Override
  public MonotonicCounter counter() {
    return new MonotonicCounter() {
      @Override
      public CounterValue read() throws HypervisorException {
        return call(c -> c.operations().counter().read());
      }

      @Override
      public CounterValue increment() throws HypervisorException {
        return call(c -> c.operations().counter().increment());
      }
    };
  }

  @Override
  public void close() {
    HypervisorManagedConnection current = connection;
    connection = null;
    if (current != null) {
      current.closed(this);
    }
  }
}
