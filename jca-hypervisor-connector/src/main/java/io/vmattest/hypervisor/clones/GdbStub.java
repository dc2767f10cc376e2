// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.clones;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import io.vmattest.tee.SocketPair;
import io.vmattest.tee.TeeException;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import java.io.IOException;

/**
 * QEMU's stub for gdb (QEMU, system/gdb), on one end of a pair of sockets that has no name: behind
 * a port of its own, every user of the host would have QEMU's monitor.
 */
final class GdbStub {
  private static final String NAME = "vmattest-gdb";

  /** What gdbstub.c says if it is open. */
  private static final String OPEN = "Waiting for gdb connection";

  private GdbStub() {}

  /**
   * Opens it, and lets debuggers in on the loopback interface.
   *
   * @return address and port
   */
  static String open(Qmp qmp)
      throws LibvirtFailure, IOException, TeeException, HypervisorException {
    SocketPair pair = SocketPair.create();
    boolean open = false;
    try {
      qmp.execute(
          "getfd",
          JSON.createObjectBuilder().add("fdname", NAME).build(),
          pair.hypervisor().descriptor());
      // QEMU has it; its end must be the only one, so that its death is noticed.
      pair.hypervisor().close();
      qmp.execute("chardev-add", characters());
      String said = said(qmp, "gdbserver chardev:" + NAME);
      if (!said.startsWith(OPEN)) {
        throw new HypervisorException(Reason.RESTORE_FAILED, "QEMU opens no stub: " + said);
      }
      String address = GdbRelay.start(new StubSocket(pair.module()));
      open = true;
      return address;
    } finally {
      if (!open) {
        pair.close();
      }
    }
  }

  /** ChardevSocket on a descriptor that QEMU was given (qapi/char.json, qapi/sockets.json). */
  private static JsonObject characters() {
    JsonObject descriptor = JSON.createObjectBuilder().add("str", NAME).build();
    return JSON.createObjectBuilder()
        .add("id", NAME)
        .add(
            "backend",
            JSON.createObjectBuilder()
                .add("type", "socket")
                .add(
                    "data",
                    JSON.createObjectBuilder()
                        .add(
                            "addr",
                            JSON.createObjectBuilder().add("type", "fd").add("data", descriptor))
                        .add("server", false)))
        .build();
  }

  private static String said(Qmp qmp, String line) throws LibvirtFailure {
    return qmp.execute(
                "human-monitor-command",
                JSON.createObjectBuilder().add("command-line", line).build())
            instanceof JsonString text
        ? text.getString().strip()
        : "";
  }
}
