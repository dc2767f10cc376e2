// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.libvirt;

/** Why a domain stands still: virDomainPausedReason, as far as it matters here. */
public enum PauseReason {
  /** QEMU stopped the guest without libvirt having asked for it, as before a switchover. */
  UNKNOWN,
  /** Somebody suspended it. */
  USER,
  MIGRATION,
  SAVE,
  DUMP,
  /** A disk failed, and the guest waits for somebody to look after it. */
  IO_ERROR,
  WATCHDOG,
  OTHER;

  private static final PauseReason[] CODES = {
    UNKNOWN, USER, MIGRATION, SAVE, DUMP, IO_ERROR, WATCHDOG
  };

  static PauseReason ofCode(int code) {
    return code >= 0 && code < CODES.length ? CODES[code] : OTHER;
  }
}
