// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

/** The errno values of Linux that the module uses. */
final class Errno {
  static final int ENOENT = 2;
  static final int EINTR = 4;
  static final int EIO = 5;
  static final int ENXIO = 6;
  static final int E2BIG = 7;
  static final int ENOMEM = 12;
  static final int EACCES = 13;
  static final int EBUSY = 16;
  static final int EEXIST = 17;
  static final int ENODEV = 19;
  static final int ENOTDIR = 20;
  static final int EINVAL = 22;
  static final int EFBIG = 27;
  static final int ENOSPC = 28;
  static final int EROFS = 30;
  static final int EPIPE = 32;
  static final int ENOTEMPTY = 39;
  static final int ENODATA = 61;
  static final int EPROTO = 71;
  static final int EBADMSG = 74;
  static final int EOPNOTSUPP = 95;
  static final int ECONNRESET = 104;
  static final int EADDRINUSE = 98;
  static final int ENOBUFS = 105;
  static final int ETIMEDOUT = 110;
  static final int ESTALE = 116;
  static final int EREMOTEIO = 121;
  static final int EDQUOT = 122;
  static final int ECANCELED = 125;

  private Errno() {}
}
