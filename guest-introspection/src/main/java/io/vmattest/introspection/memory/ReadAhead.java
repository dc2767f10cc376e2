// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.memory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads a source in chunks, and keeps those last used. Large reads go past it. */
final class ReadAhead implements ByteSource {
  static final int CHUNK = 16 << 10;

  /** 32 MiB of chunks: what the views of a guest with some thousand tasks touch. */
  private static final int MAX_CHUNKS = 2048;

  private final ByteSource source;
  private final Map<Long, byte[]> chunks = new LinkedHashMap<>(64, 0.75f, true);

  ReadAhead(ByteSource source) {
    this.source = source;
  }

  @Override
  public int read(ByteBuffer target, long offset) throws IOException {
    if (target.remaining() >= CHUNK) {
      return source.read(target, offset);
    }
    byte[] chunk = chunk(offset / CHUNK);
    int at = (int) (offset % CHUNK);
    int count = Math.min(target.remaining(), chunk.length - at);
    if (count <= 0) {
      return 0;
    }
    target.put(chunk, at, count);
    return count;
  }

  private byte[] chunk(long number) throws IOException {
    byte[] known = chunks.get(number);
    if (known != null) {
      return known;
    }
    byte[] read = readChunk(number * CHUNK);
    chunks.put(number, read);
    if (chunks.size() > MAX_CHUNKS) {
      chunks.remove(chunks.keySet().iterator().next());
    }
    return read;
  }

  private byte[] readChunk(long offset) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
    int got = 1;
    while (buffer.hasRemaining() && got > 0) {
      got = source.read(buffer, offset + buffer.position());
    }
    return Arrays.copyOf(buffer.array(), buffer.position());
  }
}
