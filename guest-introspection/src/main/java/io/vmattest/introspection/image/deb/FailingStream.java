// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.deb;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/** Tells a stream that cannot be read from one that holds nonsense. */
final class FailingStream extends FilterInputStream {
  private Optional<IOException> failure = Optional.empty();
  private long position;

  FailingStream(InputStream in) {
    super(in);
  }

  long position() {
    return position;
  }

  /** Throws what the stream itself threw, if it did. */
  void rethrow() throws IOException {
    if (failure.isPresent()) {
      throw failure.get();
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) == 1 ? Byte.toUnsignedInt(one[0]) : -1;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    try {
      int count = super.read(target, offset, length);
      position += Math.max(count, 0);
      return count;
    } catch (IOException e) {
      failure = Optional.of(e);
      throw e;
    }
  }

  @Override
  public long skip(long length) throws IOException {
    try {
      long count = super.skip(length);
      position += count;
      return count;
    } catch (IOException e) {
      failure = Optional.of(e);
      throw e;
    }
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
