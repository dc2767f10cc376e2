// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.api;

/**
 * Something on the host did not work. The VM goes on as before; where it could not be set right at
 * once (libvirt or QEMU did not answer), that is tried again until it is.
 */
public class HypervisorException extends Exception {
  /** What the caller can act on. */
  public enum Reason {
    NO_SUCH_VM,
    VM_NOT_ACTIVE,
    CAPTURE_IN_PROGRESS,
    MIGRATION_BLOCKED,
    DISK_NOT_SUPPORTED,
    DISK_CHAIN_TOO_LONG,
    DISK_CHAIN_DIFFERS,
    CONFIDENTIAL_GUEST,
    NOT_CONVERGING,
    MODE_UNAVAILABLE,
    CAPTURE_FAILED,
    NO_SUCH_SNAPSHOT,
    NO_SUCH_ROLLBACK,
    ROLLBACK_NOT_IN_DOUBT,
    SNAPSHOT_DAMAGED,
    SNAPSHOT_IN_USE,
    CLONE_NOT_ISOLABLE,
    NO_SUCH_CLONE,
    KERNEL_MALFORMED,
    DEFINITION_DIFFERS,
    RESTORE_FAILED,
    STORAGE_FULL,
    HOST_MEMORY_LOW,
    HOST_BUSY,
    TEE_UNAVAILABLE,
    HOST_UNAVAILABLE
  }

  private static final long serialVersionUID = 1L;
  private final Reason reason;

  public HypervisorException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public HypervisorException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
