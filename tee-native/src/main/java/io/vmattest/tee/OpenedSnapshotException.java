// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

/** A capture that comes from {@link PageStore#open} was to be signed; only fresh ones are. */
public final class OpenedSnapshotException extends TeeException {
  private static final long serialVersionUID = 1L;

  OpenedSnapshotException(int errno, String detail) {
    super("not signed", errno, detail);
  }
}
