// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import io.vmattest.hypervisor.config.MalformedDomainXmlException;
import io.vmattest.hypervisor.config.Obstacles;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import java.util.Optional;

/** What must hold before a VM is touched. */
public final class Preconditions {
  private Preconditions() {}

  /**
   * @return whether the guest runs or stands still
   */
  public static RunState check(GuestDomain domain, Obstacles obstacles)
      throws LibvirtFailure, HypervisorException {
    RunState state = domain.state();
    if (state != RunState.RUNNING && state != RunState.SUSPENDED) {
      throw new HypervisorException(
          Reason.VM_NOT_ACTIVE,
          "VM " + domain.name() + " is " + state + ", it has no state to capture");
    }
    Optional<String> security = obstacles.launchSecurity();
    if (security.isPresent()) {
      throw new HypervisorException(
          Reason.CONFIDENTIAL_GUEST,
          "VM "
              + domain.name()
              + " has launch security "
              + security.get()
              + ": the host sees only ciphertext");
    }
    Optional<String> device = obstacles.hostDevice();
    if (device.isPresent()) {
      throw blocked(domain, "it has a " + device.get() + " device of the host");
    }
    if (domain.isInJob()) {
      throw busy(domain, "libvirt saves, dumps, migrates or backs it up");
    }
    checkMigration(domain);
    return state;
  }

  public static Obstacles obstacles(String xml) throws HypervisorException {
    try {
      return new Obstacles(xml);
    } catch (MalformedDomainXmlException e) {
      throw Failures.of(e);
    }
  }

  private static void checkMigration(GuestDomain domain)
      throws LibvirtFailure, HypervisorException {
    if (!(new Qmp(domain).execute("query-migrate") instanceof JsonObject migration)) {
      throw new HypervisorException(
          Reason.CAPTURE_FAILED, "QEMU does not say how its migration stands");
    }
    JsonArray reasons = migration.getJsonArray("blocked-reasons");
    if (reasons != null && !reasons.isEmpty()) {
      throw blocked(domain, reasons.getString(0, "unknown"));
    }
    String status = migration.getString("status", "none");
    if (QemuMigration.isUnderWay(status)) {
      throw busy(domain, "QEMU's migration is " + status);
    }
  }

  public static HypervisorException busy(GuestDomain domain, String why) throws LibvirtFailure {
    return new HypervisorException(
        Reason.CAPTURE_IN_PROGRESS, "VM " + domain.name() + " is busy: " + why);
  }

  private static HypervisorException blocked(GuestDomain domain, String why) throws LibvirtFailure {
    return new HypervisorException(
        Reason.MIGRATION_BLOCKED, "VM " + domain.name() + " cannot be captured: " + why);
  }
}
