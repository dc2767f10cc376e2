// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

/** A file or directory could not be read or written. */
public final class StorageException extends TeeException {
  private static final long serialVersionUID = 1L;

  StorageException(int errno, String detail) {
    super("storage failed", errno, detail);
  }

  /** Whether there was no room: disk full, quota used up or file too large. */
  public boolean noSpace() {
    return errno() == Errno.ENOSPC || errno() == Errno.EDQUOT || errno() == Errno.EFBIG;
  }
}
