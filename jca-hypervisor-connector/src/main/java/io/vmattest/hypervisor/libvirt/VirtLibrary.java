// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.libvirt;

import com.sun.jna.Callback;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The calls of libvirt.so.0 that libvirt-java lacks or hides. */
interface VirtLibrary extends Library {
  /** VIR_DOMAIN_SAVE_PAUSED. */
  int RESTORE_PAUSED = 1 << 2;

  /** VIR_DOMAIN_AFFECT_LIVE. */
  int AFFECT_LIVE = 1;

  /** VIR_DOMAIN_AFFECT_CONFIG. */
  int AFFECT_CONFIG = 1 << 1;

  /** VIR_DOMAIN_METADATA_ELEMENT. */
  int METADATA_ELEMENT = 2;

  VirtLibrary INSTANCE =
      Native.load("virt", VirtLibrary.class, Map.of(OPTION_STRING_ENCODING, "UTF-8"));

  @Nullable Pointer virDomainLookupByUUIDString(Pointer connection, String uuid);

  int virDomainFree(Pointer domain);

  /**
   * @param text VIR_UUID_STRING_BUFLEN bytes, filled in
   */
  int virDomainGetUUIDString(Pointer domain, byte[] text);

  /** An unsigned number; all bits are set if the domain is not active. */
  int virDomainGetID(Pointer domain);

  int virDomainGetState(Pointer domain, IntByReference state, IntByReference reason, int flags);

  int virDomainRestoreFlags(Pointer connection, String from, @Nullable String xml, int flags);

  int virDomainBlockRebase(
      Pointer domain, String disk, String base, NativeLong bandwidth, int flags);

  int virDomainUpdateDeviceFlags(Pointer domain, String xml, int flags);

  int virDomainSetMetadata(
      Pointer domain,
      int type,
      @Nullable String metadata,
      @Nullable String prefix,
      String uri,
      int flags);

  int virGetLastErrorCode();

  String virGetLastErrorMessage();

  void virSetErrorFunc(@Nullable Pointer data, ErrorCallback handler);

  /** virErrorFunc. */
  interface ErrorCallback extends Callback {
    void invoke(@Nullable Pointer data, @Nullable Pointer error);
  }
}
