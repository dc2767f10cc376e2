// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.CaptureRequest;
import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.MonotonicCounter;
import io.vmattest.hypervisor.api.OpenRollbacks;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.api.RollbackOutcome;
import io.vmattest.hypervisor.api.RollbackRequest;
import io.vmattest.hypervisor.api.RollbackResult;
import io.vmattest.hypervisor.api.VirtualMachine;
import io.vmattest.hypervisor.capture.Failures;
import io.vmattest.hypervisor.capture.VmLocks;
import io.vmattest.hypervisor.chains.ChainUpkeep;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.rollback.RollbackXaResource;
import io.vmattest.hypervisor.snapshots.StoredSnapshot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.libvirt.DomainInfo;

/** What a connection can do, over one link to libvirt. */
public final class HostOperations {
  private static final long KIB = 1024;

  private final HostServices services;
  private final HostLink link;

  public HostOperations(HostServices services, HostLink link) {
    this.services = services;
    this.link = link;
  }

  String hostId() {
    return services.hostId();
  }

  List<VirtualMachine> virtualMachines() throws HypervisorException {
    try {
      List<VirtualMachine> result = new ArrayList<>();
      for (GuestDomain domain : link.domains()) {
        try (domain) {
          if (!services.clones().isClone(domain.id())) {
            result.add(describe(domain));
          }
        } catch (LibvirtFailure e) {
          if (!e.isNoDomain()) {
            throw e;
          }
        }
      }
      return result;
    } catch (LibvirtFailure e) {
      throw Failures.of(Reason.HOST_UNAVAILABLE, e);
    }
  }

  VirtualMachine virtualMachine(UUID id) throws HypervisorException {
    CloneOperations.checkNoClone(services.clones(), id);
    try (GuestDomain domain = link.domain(id)) {
      return describe(domain);
    } catch (LibvirtFailure e) {
      throw Failures.of(Reason.HOST_UNAVAILABLE, e);
    }
  }

  private static VirtualMachine describe(GuestDomain domain) throws LibvirtFailure {
    DomainInfo info = domain.info();
    return new VirtualMachine(
        domain.id(), domain.name(), GuestDomain.stateOf(info), info.maxMem * KIB, info.nrVirtCpu);
  }

  public CaptureResult capture(CaptureRequest request, ProgressListener progress)
      throws HypervisorException {
    CloneOperations.checkNoClone(services.clones(), request.vm());
    try (GuestDomain domain = link.domain(request.vm());
        VmLocks.Held held = services.locks().acquire(request.vm())) {
      services.rollbacks().checkFree(request.vm());
      upkeep().settle(request.vm());
      return services.attestor().attest(domain, request, progress);
    } catch (LibvirtFailure e) {
      throw Failures.of(Reason.HOST_UNAVAILABLE, e);
    }
  }

  public RollbackResult rollBack(
      RollbackXaResource branch, RollbackRequest request, ProgressListener progress)
      throws HypervisorException {
    return branch.rollBack(link, request, progress);
  }

  OpenRollbacks openRollbacks() throws HypervisorException {
    return services.rollbacks().openRollbacks();
  }

  void resolveRollback(String id, RollbackOutcome outcome) throws HypervisorException {
    services.rollbacks().resolve(link, id, outcome);
  }

  public List<Digest> snapshots(UUID vm) throws HypervisorException {
    try {
      return services.store().list(vm).stream().map(StoredSnapshot::digest).toList();
    } catch (IOException e) {
      throw Failures.of(Reason.CAPTURE_FAILED, e);
    }
  }

  public void dropSnapshot(UUID vm, Digest digest) throws HypervisorException {
    try (VmLocks.Held held = services.locks().acquire(vm)) {
      StoredSnapshot snapshot =
          services
              .store()
              .find(vm, digest)
              .orElseThrow(
                  () ->
                      new HypervisorException(
                          Reason.NO_SUCH_SNAPSHOT, "VM " + vm + " has no snapshot " + digest));
      services.rollbacks().checkFree(vm);
      services.clones().checkUnused(vm, digest);
      services.store().drop(snapshot, vm);
      upkeep().shorten(vm);
    } catch (IOException e) {
      throw Failures.of(Reason.CAPTURE_FAILED, e);
    }
  }

  /** What is done to guests that run. */
  public GuestOperations guests() {
    return new GuestOperations(services, link);
  }

  /** Clones of snapshots for debuggers. */
  public CloneOperations clones() {
    return new CloneOperations(services.clones(), link);
  }

  /** What is done with the store of snapshots. */
  KernelOperations kernels() {
    return new KernelOperations(services.kernels());
  }

  StoreOperations store() {
    return new StoreOperations(services);
  }

  private ChainUpkeep upkeep() {
    return new ChainUpkeep(link, services.store(), services.state());
  }

  byte[] keyEvidence() throws HypervisorException {
    return services.key().ask(key -> key.evidence());
  }

  byte[] activateCredential(byte[] credential, byte[] secret) throws HypervisorException {
    return services.key().ask(key -> key.activate(credential, secret));
  }

  public MonotonicCounter counter() {
    return services.counter();
  }

  /** Whether libvirt answers. */
  boolean isAlive() {
    return link.answers();
  }
}
