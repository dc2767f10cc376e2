// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import java.util.Set;

/** How QEMU says that its migration stands (MigrationStatus). */
final class QemuMigration {
  static final String PRE_SWITCHOVER = "pre-switchover";

  private static final Set<String> UNDER_WAY =
      Set.of("setup", "active", PRE_SWITCHOVER, "device", "cancelling", "postcopy-active");

  private static final Set<String> ENDED = Set.of("failed", "completed", "cancelled");

  private QemuMigration() {}

  static String status(Qmp qmp) throws LibvirtFailure {
    return qmp.execute("query-migrate").asJsonObject().getString("status", "none");
  }

  static boolean isUnderWay(String status) {
    return UNDER_WAY.contains(status);
  }

  static boolean isEnded(String status) {
    return ENDED.contains(status);
  }
}
