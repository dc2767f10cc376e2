// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.structure.Field;
import io.vmattest.introspection.structure.Structures;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/**
 * What files hold, as far as the guest's page cache has it: at most 64 MiB of a file and 128 MiB of
 * all are hashed, each file once.
 */
final class FileContents {
  private static final long MAX_FILE = 64L << 20;
  private static final long MAX_ALL = 128L << 20;

  private final Field mappingOfFile;
  private final Field sizeOfFile;
  private final PageCache cache;
  private final Map<Long, Content> known = new HashMap<>();
  private long left = MAX_ALL;

  FileContents(Structures structures) throws MalformedGuestException {
    this.mappingOfFile = structures.struct("file").field("f_mapping");
    this.sizeOfFile = structures.struct("inode").field("i_size");
    this.cache = new PageCache(structures);
  }

  /** A file, as {@link Executable} has it. */
  record Content(long size, long residentPages, Optional<String> sha256) {}

  /** Of the struct file that lies there. */
  Content of(long file) throws MalformedGuestException {
    long mapping = mappingOfFile.pointer(file);
    Content content = known.get(mapping);
    if (content == null) {
      content = read(mapping);
      known.put(mapping, content);
    }
    return content;
  }

  private Content read(long mapping) throws MalformedGuestException {
    long size = sizeOfFile.get(cache.inode(mapping));
    if (size <= 0 || size > MAX_FILE) {
      return new Content(Math.max(size, 0), 0, Optional.empty());
    }
    Map<Long, Long> pages = cache.pages(mapping, PageCache.pages(size));
    boolean whole = pages.size() == PageCache.pages(size) && size <= left;
    return new Content(size, pages.size(), whole ? hash(pages, size) : Optional.empty());
  }

  /** Pages come in their order. */
  private Optional<String> hash(Map<Long, Long> pages, long size) {
    left -= size;
    MessageDigest sha256 = sha256();
    ByteBuffer page = ByteBuffer.allocate(PageCache.PAGE);
    long todo = size;
    for (long address : pages.values()) {
      page.clear().limit((int) Math.min(todo, PageCache.PAGE));
      if (!cache.read(address, page)) {
        return Optional.empty();
      }
      sha256.update(page.flip());
      todo -= page.limit();
    }
    return Optional.of(HexFormat.of().formatHex(sha256.digest()));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
