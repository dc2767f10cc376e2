// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.libvirt;

/** QEMU refused a command. */
public final class QmpException extends LibvirtFailure {
  private static final long serialVersionUID = 1L;
  private final String errorClass;
  private final String description;

  QmpException(String command, String errorClass, String description) {
    // VIR_ERR_OPERATION_FAILED: the connection is good, the operation is not.
    super("QEMU refused " + command, 9, description);
    this.errorClass = errorClass;
    this.description = description;
  }

  /** GenericError, CommandNotFound, ... */
  public String errorClass() {
    return errorClass;
  }

  /** QEMU's own words. */
  public String description() {
    return description;
  }
}
