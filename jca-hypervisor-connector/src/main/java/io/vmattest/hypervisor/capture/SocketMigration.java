// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import io.vmattest.tee.SocketPair;
import io.vmattest.tee.TeeException;
import java.util.UUID;

/** A migration of QEMU's into a socket of ours. */
final class SocketMigration {
  private SocketMigration() {}

  /** Begins it; QEMU's end of the pair is closed here afterwards. */
  static void begin(Qmp qmp, SocketPair pair) throws LibvirtFailure {
    String name = "vmattest-" + UUID.randomUUID();
    qmp.execute(
        "getfd",
        JSON.createObjectBuilder().add("fdname", name).build(),
        pair.hypervisor().descriptor());
    // QEMU has it; its end must be the only one, so that its death is noticed.
    pair.hypervisor().close();
    try {
      qmp.execute("migrate", JSON.createObjectBuilder().add("uri", "fd:" + name).build());
    } catch (LibvirtFailure e) {
      closeDescriptor(qmp, name, e);
      throw e;
    }
  }

  private static void closeDescriptor(Qmp qmp, String name, LibvirtFailure cause) {
    try {
      qmp.execute("closefd", JSON.createObjectBuilder().add("fdname", name).build());
    } catch (LibvirtFailure e) {
      cause.addSuppressed(e);
    }
  }

  /**
   * Why a stream broke, which QEMU often knows.
   *
   * @param broken what its reader says
   * @param where what else is known
   */
  static HypervisorException explained(Qmp qmp, TeeException broken, String where) {
    HypervisorException why = Failures.of(Reason.CAPTURE_FAILED, broken);
    String text = why.getMessage() + "; " + where;
    try {
      String said = error(qmp);
      return new HypervisorException(
          why.reason(), said.isEmpty() ? text : text + "; QEMU: " + said, broken);
    } catch (LibvirtFailure e) {
      broken.addSuppressed(e);
      return new HypervisorException(why.reason(), text, broken);
    }
  }

  private static String error(Qmp qmp) throws LibvirtFailure {
    return qmp.execute("query-migrate").asJsonObject().getString("error-desc", "");
  }
}
