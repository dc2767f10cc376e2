// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.bundle;

import io.vmattest.core.report.Digest;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Takes a core's bytes and keeps none of them: afterwards it is known as a manifest lists it. */
public final class CoreMeasure extends OutputStream {
  private final MessageDigest sha256;
  private long size;

  public CoreMeasure() {
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has it", e);
    }
  }

  @Override
  public void write(int value) {
    sha256.update((byte) value);
    size++;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    sha256.update(bytes, offset, length);
    size += length;
  }

  /** The file that all bytes so far are; to be asked once. */
  public CaseFile file() {
    return CaseFile.core(size, Digest.of(sha256.digest()));
  }
}
