// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.clones;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import jakarta.json.JsonString;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** QEMU's stub for gdb (QEMU, system/gdb), which its human monitor opens (gdbserver). */
final class GdbStub {
  /** Somebody else may take a port between our look at it and QEMU's. */
  private static final int TRIES = 5;

  /** What gdbstub.c says if it listens. */
  private static final String LISTENS = "Waiting for gdb connection";

  private GdbStub() {}

  /**
   * Has QEMU listen on the loopback interface.
   *
   * @return address and port
   */
  static String open(Qmp qmp) throws LibvirtFailure, IOException, HypervisorException {
    String said = "";
    for (int i = 0; i < TRIES; i++) {
      String address = "127.0.0.1:" + freePort();
      said = said(qmp, "gdbserver tcp:" + address);
      if (said.startsWith(LISTENS)) {
        return address;
      }
    }
    throw new HypervisorException(Reason.RESTORE_FAILED, "QEMU opens no stub for gdb: " + said);
  }

  private static int freePort() throws IOException {
    try (ServerSocket probe =
        new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
      return probe.getLocalPort();
    }
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
