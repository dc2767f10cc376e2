// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.libvirt;

import org.libvirt.Error.ErrorNumber;
import org.libvirt.LibvirtException;

/** A call of libvirt failed. */
public class LibvirtFailure extends Exception {
  private static final long serialVersionUID = 1L;
  private final int code;

  LibvirtFailure(String doing, int code, String message) {
    super(doing + ": " + message);
    this.code = code;
  }

  LibvirtFailure(String doing, LibvirtException cause) {
    super(doing + ": " + cause.getMessage(), cause);
    org.libvirt.Error error = cause.getError();
    this.code =
        error == null || error.getCode() == null
            ? ErrorNumber.VIR_ERR_INTERNAL_ERROR.ordinal()
            : error.getCode().ordinal();
  }

  /** There is no connection at the moment. */
  public static LibvirtFailure notConnected(String uri) {
    return new LibvirtFailure(
        "using " + uri, ErrorNumber.VIR_ERR_NO_CONNECT.ordinal(), "libvirt does not answer");
  }

  /** QEMU answered with something that its protocol does not know. */
  public static LibvirtFailure malformedAnswer(String command, String why) {
    return new LibvirtFailure(
        "QEMU's answer to " + command + " is malformed",
        ErrorNumber.VIR_ERR_OPERATION_FAILED.ordinal(),
        why);
  }

  /** virErrorNumber. */
  public int code() {
    return code;
  }

  /** Whether this driver of libvirt has no such call. */
  boolean isUnsupported() {
    return code == ErrorNumber.VIR_ERR_NO_SUPPORT.ordinal();
  }

  /** Whether there is no such domain (any more). */
  public boolean isNoDomain() {
    return code == ErrorNumber.VIR_ERR_NO_DOMAIN.ordinal();
  }
}
