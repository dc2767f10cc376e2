// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.archive;

import org.jspecify.annotations.Nullable;

/** A file of bodies is not there, or not as it was written. */
public final class DamagedArchiveException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What of the file is damaged. */
  public enum Extent {
    /** It is not there. */
    MISSING,
    /** Nothing of it can be read. */
    WHOLE,
    /** A member; others may be as they were. */
    MEMBER
  }

  private final String file;
  private final Extent extent;

  private DamagedArchiveException(
      String file, Extent extent, String how, @Nullable Throwable cause) {
    super(file + " " + how, cause);
    this.file = file;
    this.extent = extent;
  }

  static DamagedArchiveException missing(String file, @Nullable Throwable cause) {
    return new DamagedArchiveException(file, Extent.MISSING, "is not there", cause);
  }

  static DamagedArchiveException unreadable(String file, Throwable cause) {
    return new DamagedArchiveException(
        file, Extent.WHOLE, "cannot be read: " + cause.getMessage(), cause);
  }

  /** A member is not there, or not as it was written. */
  public static DamagedArchiveException changed(String file, String how) {
    return changed(file, how, null);
  }

  static DamagedArchiveException changed(String file, String how, @Nullable Throwable cause) {
    return new DamagedArchiveException(file, Extent.MEMBER, how, cause);
  }

  /** The file's name, without its folder. */
  public String file() {
    return file;
  }

  public Extent extent() {
    return extent;
  }

  /** Names the file, and says what is wrong with it; for people. */
  public String reason() {
    return String.valueOf(getMessage());
  }
}
