// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.deb;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Counts what is unpacked, and ends a bomb. */
final class CountedStream extends FilterInputStream {
  private final long limit;
  private long position;

  CountedStream(InputStream in, long limit) {
    super(in);
    this.limit = limit;
  }

  long position() {
    return position;
  }

  @Override
  public int read() throws IOException {
    int value = super.read();
    count(value < 0 ? 0 : 1);
    return value;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int count = super.read(target, offset, length);
    count(Math.max(count, 0));
    return count;
  }

  @Override
  public long skip(long length) throws IOException {
    long count = super.skip(length);
    count(count);
    return count;
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  private void count(long size) throws IOException {
    position += size;
    if (position > limit) {
      throw new IOException("more than " + limit + " bytes");
    }
  }
}
