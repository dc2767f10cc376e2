// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.guest;

/** The four user or group identifiers of a process (credentials(7)). */
public record GuestIds(long real, long effective, long saved, long fileSystem) {
  /** Whether one of them is root's. */
  public boolean hasRoot() {
    return real == 0 || effective == 0 || saved == 0 || fileSystem == 0;
  }

  @Override
  public String toString() {
    return real == effective && effective == saved && saved == fileSystem
        ? Long.toString(real)
        : "%d/%d/%d/%d".formatted(real, effective, saved, fileSystem);
  }
}
