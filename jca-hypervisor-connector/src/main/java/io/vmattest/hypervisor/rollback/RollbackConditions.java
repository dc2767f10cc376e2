// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.capture.Failures;
import io.vmattest.hypervisor.capture.Preconditions;
import io.vmattest.hypervisor.config.DomainShape;
import io.vmattest.hypervisor.config.MalformedDomainXmlException;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import io.vmattest.hypervisor.snapshots.StoredSnapshot;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.UUID;

/** What must hold of a VM before a rollback touches it; all of it is only looked at. */
final class RollbackConditions {
  private RollbackConditions() {}

  /**
   * @throws HypervisorException with reason NO_SUCH_VM; VM_NOT_ACTIVE; CAPTURE_IN_PROGRESS if
   *     libvirt or QEMU migrates, saves, dumps or backs it up, or works on a disk's chain;
   *     DEFINITION_DIFFERS if it is defined as another machine than was attested; or what a capture
   *     would refuse
   */
  static void check(HostLink link, UUID vm, StoredSnapshot attested) throws HypervisorException {
    try (GuestDomain domain = link.domain(vm)) {
      Preconditions.check(domain, Preconditions.obstacles(domain.liveXml()));
      checkDiskJobs(domain);
      checkShape(domain, attested);
    } catch (LibvirtFailure e) {
      throw Failures.of(Reason.RESTORE_FAILED, e);
    } catch (IOException e) {
      throw Failures.of(Reason.SNAPSHOT_DAMAGED, e);
    } catch (MalformedDomainXmlException e) {
      throw Failures.of(e);
    }
  }

  /** QEMU is asked and not libvirt, for it knows those too that were begun past libvirt. */
  private static void checkDiskJobs(GuestDomain domain) throws LibvirtFailure, HypervisorException {
    if (!(new Qmp(domain).execute("query-block-jobs") instanceof JsonArray jobs)) {
      throw new HypervisorException(
          Reason.RESTORE_FAILED, "QEMU does not say which jobs work on its disks");
    }
    if (!jobs.isEmpty()) {
      JsonObject job = jobs.getJsonObject(0);
      throw Preconditions.busy(
          domain,
          "QEMU does a %s of disk %s"
              .formatted(job.getString("type", "job"), job.getString("device", "unknown")));
    }
  }

  /** What a rollback defines is the attested machine: another that was defined since were lost. */
  private static void checkShape(GuestDomain domain, StoredSnapshot attested)
      throws LibvirtFailure, IOException, MalformedDomainXmlException, HypervisorException {
    String xml = domain.isPersistent() ? domain.definedXml() : domain.liveXml();
    List<String> differences =
        DomainShape.of(xml).differences(DomainShape.of(attested.domainXml()));
    if (!differences.isEmpty()) {
      throw new HypervisorException(
          Reason.DEFINITION_DIFFERS,
          "VM %s is defined as another machine than was attested: %s"
              .formatted(domain.name(), String.join("; ", differences)));
    }
  }
}
