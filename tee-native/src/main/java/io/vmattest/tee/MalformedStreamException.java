// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

/** The migration stream, the device file or the snapshot's files do not follow their format. */
public final class MalformedStreamException extends TeeException {
  private static final long serialVersionUID = 1L;

  MalformedStreamException(int errno, String detail) {
    super("malformed input", errno, detail);
  }
}
