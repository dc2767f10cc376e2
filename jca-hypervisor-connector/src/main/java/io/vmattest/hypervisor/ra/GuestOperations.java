// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.NetworkLink;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import io.vmattest.hypervisor.capture.Failures;
import io.vmattest.hypervisor.capture.VmLocks;
import io.vmattest.hypervisor.config.MalformedDomainXmlException;
import io.vmattest.hypervisor.config.NetworkLinks;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import java.util.List;
import java.util.UUID;

/** What a connection can do to a guest, while nobody else works on it: stop it, cut it off. */
public final class GuestOperations {
  private final HostServices services;
  private final HostLink link;

  GuestOperations(HostServices services, HostLink link) {
    this.services = services;
    this.link = link;
  }

  public void suspend(UUID vm) throws HypervisorException {
    alone(
        vm,
        domain -> {
          if (active(domain) == RunState.RUNNING) {
            domain.suspend();
          }
        });
  }

  public void resume(UUID vm) throws HypervisorException {
    alone(
        vm,
        domain -> {
          if (active(domain) == RunState.SUSPENDED) {
            domain.resume();
          }
        });
  }

  public List<NetworkLink> links(UUID vm) throws HypervisorException {
    try (GuestDomain domain = link.domain(vm)) {
      active(domain);
      return NetworkLinks.list(domain.liveXml());
    } catch (LibvirtFailure e) {
      throw Failures.of(Reason.HOST_UNAVAILABLE, e);
    } catch (MalformedDomainXmlException e) {
      throw Failures.of(e);
    }
  }

  public void setLinks(UUID vm, List<NetworkLink> links) throws HypervisorException {
    alone(
        vm,
        domain -> {
          active(domain);
          for (String changed : NetworkLinks.changes(domain.liveXml(), links)) {
            domain.updateDevice(changed);
          }
        });
  }

  /** Something to do to a guest. */
  @FunctionalInterface
  private interface Work {
    void on(GuestDomain domain)
        throws LibvirtFailure, MalformedDomainXmlException, HypervisorException;
  }

  private void alone(UUID vm, Work work) throws HypervisorException {
    CloneOperations.checkNoClone(services.clones(), vm);
    try (GuestDomain domain = link.domain(vm);
        VmLocks.Held held = services.locks().acquire(vm)) {
      services.rollbacks().checkFree(vm);
      work.on(domain);
    } catch (LibvirtFailure e) {
      throw Failures.of(Reason.HOST_UNAVAILABLE, e);
    } catch (MalformedDomainXmlException e) {
      throw Failures.of(e);
    }
  }

  private static RunState active(GuestDomain domain) throws LibvirtFailure, HypervisorException {
    RunState state = domain.state();
    if (state != RunState.RUNNING && state != RunState.SUSPENDED) {
      throw new HypervisorException(Reason.VM_NOT_ACTIVE, "the domain is " + state);
    }
    return state;
  }
}
