// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import java.util.Optional;

/** The measurement module could not do what it was asked to. */
public abstract sealed class TeeException extends Exception
    permits MalformedStreamException,
        LimitExceededException,
        DeadlineException,
        CancelledException,
        PeerClosedException,
        RunStateException,
        TamperedSnapshotException,
        StorageException,
        TpmException,
        InvalidClaimsException,
        OpenedSnapshotException,
        ModuleGoneException,
        NativeFailureException {
  private static final long serialVersionUID = 1L;

  private final int errno;
  private final String detail;

  TeeException(String meaning, int errno, String detail) {
    super(meaning + ": " + detail + " (errno " + errno + ")");
    this.errno = errno;
    this.detail = detail;
  }

  /** The cause as the kernel numbers it, positive. */
  public final int errno() {
    return errno;
  }

  /** The module's own sentence about the failure. */
  public final String detail() {
    return detail;
  }

  /** What a failed call on a capture or snapshot means. */
  static TeeException ofCapture(int errno, String detail) {
    return switch (errno) {
      case Errno.EPROTO -> new MalformedStreamException(errno, detail);
      case Errno.E2BIG -> new LimitExceededException(errno, detail);
      case Errno.ETIMEDOUT -> new DeadlineException(errno, detail);
      case Errno.ECANCELED -> new CancelledException(errno, detail);
      case Errno.EPIPE, Errno.ECONNRESET -> new PeerClosedException(errno, detail);
      case Errno.EBUSY -> new RunStateException(errno, detail);
      case Errno.EBADMSG -> new TamperedSnapshotException(errno, detail, Optional.empty());
      default -> ofStorage(errno, detail);
    };
  }

  /** What a failed call on the key means. */
  static TeeException ofKey(int errno, String detail) {
    return switch (errno) {
      case Errno.EREMOTEIO,
          Errno.ENODEV,
          Errno.ENODATA,
          Errno.EADDRINUSE,
          Errno.EBADMSG,
          Errno.EPROTO ->
          new TpmException(errno, detail);
      case Errno.EINVAL -> new InvalidClaimsException(errno, detail);
      case Errno.EOPNOTSUPP -> new OpenedSnapshotException(errno, detail);
      case Errno.ETIMEDOUT -> new DeadlineException(errno, detail);
      default -> ofStorage(errno, detail);
    };
  }

  /** What a failed call on a file means. */
  static TeeException ofStorage(int errno, String detail) {
    return switch (errno) {
      case Errno.ENOSPC,
          Errno.EDQUOT,
          Errno.EFBIG,
          Errno.EIO,
          Errno.EROFS,
          Errno.EACCES,
          Errno.ENOENT,
          Errno.ENOTDIR,
          Errno.EEXIST,
          Errno.ENOTEMPTY ->
          new StorageException(errno, detail);
      case Errno.ENODEV -> new ModuleGoneException(errno, detail);
      default -> new NativeFailureException(errno, detail);
    };
  }
}
