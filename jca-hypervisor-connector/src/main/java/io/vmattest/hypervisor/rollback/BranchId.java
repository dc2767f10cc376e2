// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.core.report.Digest;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import javax.transaction.xa.Xid;

/**
 * A transaction branch's identifier, comparable and printable whichever transaction manager made
 * it.
 *
 * @param global hexadecimal
 * @param qualifier hexadecimal
 */
record BranchId(int format, String global, String qualifier) implements Xid {
  BranchId {
    if (global.length() > 2 * MAXGTRIDSIZE || qualifier.length() > 2 * MAXBQUALSIZE) {
      throw new IllegalArgumentException("a transaction identifier has at most 64 bytes");
    }
  }

  static BranchId of(Xid xid) {
    HexFormat hex = HexFormat.of();
    return new BranchId(
        xid.getFormatId(),
        hex.formatHex(xid.getGlobalTransactionId()),
        hex.formatHex(xid.getBranchQualifier()));
  }

  /** A name for its file: the identifiers themselves may be longer than a name may be. */
  String fileName() {
    byte[] number = ByteBuffer.allocate(Integer.BYTES).putInt(format).array();
    byte[] separator = {(byte) global.length()};
    return Digest.sha256(number, separator, getGlobalTransactionId(), getBranchQualifier()).hex();
  }

  @Override
  public int getFormatId() {
    return format;
  }

  @Override
  public byte[] getGlobalTransactionId() {
    return HexFormat.of().parseHex(global);
  }

  @Override
  public byte[] getBranchQualifier() {
    return HexFormat.of().parseHex(qualifier);
  }
}
