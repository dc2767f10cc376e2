// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import java.util.Optional;

/** What others do to an active domain, and its disks must be left alone meanwhile. */
public final class OngoingWork {
  private OngoingWork() {}

  /** In words for people. */
  public static Optional<String> on(GuestDomain domain) throws LibvirtFailure {
    if (domain.isInJob()) {
      return Optional.of("libvirt saves, dumps or migrates it");
    }
    Qmp qmp = new Qmp(domain);
    String status = QemuMigration.status(qmp);
    if (QemuMigration.isUnderWay(status)) {
      return Optional.of("QEMU's migration is " + status);
    }
    return hasDiskJob(qmp) ? Optional.of("QEMU copies data of its disks") : Optional.empty();
  }

  /** Whether a job on a disk is not over, or libvirt has not taken note of its end. */
  public static boolean hasDiskJob(Qmp qmp) throws LibvirtFailure {
    return !qmp.execute("query-block-jobs").asJsonArray().isEmpty();
  }
}
