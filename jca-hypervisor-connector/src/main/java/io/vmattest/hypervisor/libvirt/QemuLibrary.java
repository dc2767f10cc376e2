// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.libvirt;

import com.sun.jna.Callback;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.PointerByReference;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The calls of libvirt-qemu.so.0 that libvirt-java lacks. */
interface QemuLibrary extends Library {
  QemuLibrary INSTANCE =
      Native.load("virt-qemu", QemuLibrary.class, Map.of(OPTION_STRING_ENCODING, "UTF-8"));

  int virDomainQemuMonitorCommandWithFiles(
      Pointer domain,
      String command,
      int inputs,
      int @Nullable [] inputFiles,
      @Nullable IntByReference outputs,
      @Nullable PointerByReference outputFiles,
      PointerByReference result,
      int flags);

  int virConnectDomainQemuMonitorEventRegister(
      Pointer connection,
      @Nullable Pointer domain,
      @Nullable String event,
      MonitorEventCallback callback,
      @Nullable Pointer opaque,
      @Nullable Pointer free,
      int flags);

  int virConnectDomainQemuMonitorEventDeregister(Pointer connection, int callbackId);

  /** virConnectDomainQemuMonitorEventCallback. */
  interface MonitorEventCallback extends Callback {
    void invoke(
        Pointer connection,
        Pointer domain,
        String event,
        long seconds,
        int micros,
        @Nullable String details,
        @Nullable Pointer opaque);
  }
}
