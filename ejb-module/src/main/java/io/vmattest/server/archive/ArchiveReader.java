// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.archive;

import io.vmattest.server.bodies.StoredBody;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Reads a file of bodies that anybody may have changed: nothing is taken from it before its size
 * was compared with the bounds that a writer keeps. Not thread-safe.
 */
public final class ArchiveReader implements Closeable {
  /** No file is larger, in bytes; writers stop at a quarter. */
  static final long MAX_FILE = 1L << 30;

  /** Of ZIP's directory, for a member: 46 bytes, its name, the extra field and the comment. */
  private static final int MAX_DIRECTORY = ArchiveMember.MOST_MEMBERS * 256;

  private static final int END_SIZE = 22;
  private static final int END_MAGIC = 0x06054b50;
  private static final int END_COUNT = 10;
  private static final int END_DIRECTORY = 12;

  private final String file;
  private final ZipFile zip;

  private ArchiveReader(String file, ZipFile zip) {
    this.file = file;
    this.zip = zip;
  }

  /**
   * @throws DamagedArchiveException if it is not there, or no file of bodies
   */
  static ArchiveReader open(Path path) throws DamagedArchiveException {
    String file = String.valueOf(path.getFileName());
    if (!Files.isRegularFile(path)) {
      throw DamagedArchiveException.missing(file, null);
    }
    try {
      requireBounds(path, file);
      return new ArchiveReader(file, new ZipFile(path.toFile()));
    } catch (IOException e) {
      throw DamagedArchiveException.unreadable(file, e);
    }
  }

  /** ZipFile reads the whole directory, and its end says how much that is. */
  private static void requireBounds(Path path, String file)
      throws IOException, DamagedArchiveException {
    ByteBuffer end = ByteBuffer.allocate(END_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    long size;
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      size = channel.size();
      while (size >= END_SIZE
          && end.hasRemaining()
          && channel.read(end, size - END_SIZE + end.position()) > 0) {
        // Until all of it is there.
      }
    }
    if (size > MAX_FILE
        || end.hasRemaining()
        || end.getInt(0) != END_MAGIC
        || Short.toUnsignedInt(end.getShort(END_COUNT)) > ArchiveMember.MOST_MEMBERS
        || Integer.toUnsignedLong(end.getInt(END_DIRECTORY)) > MAX_DIRECTORY) {
      throw DamagedArchiveException.unreadable(file, new IOException("no file of bodies"));
    }
  }

  /**
   * A member as it was stored; empty if there is none of that name.
   *
   * @throws DamagedArchiveException if it is not as a writer writes them
   */
  public Optional<StoredBody> read(String member) throws DamagedArchiveException {
    ZipEntry entry = zip.getEntry(member);
    if (entry == null) {
      return Optional.empty();
    }
    long size = entry.getSize();
    if (entry.getMethod() != ZipEntry.STORED
        || size != entry.getCompressedSize()
        || size > ArchiveMember.MAX_SIZE) {
      throw DamagedArchiveException.changed(file, "has not stored " + member);
    }
    try (InputStream in = zip.getInputStream(entry)) {
      byte[] bytes = in.readNBytes(ArchiveMember.MAX_SIZE + 1);
      if (bytes.length != size) {
        throw DamagedArchiveException.changed(file, "ends within " + member);
      }
      return Optional.of(new StoredBody(bytes, Optional.ofNullable(entry.getComment())));
    } catch (IOException e) {
      throw DamagedArchiveException.changed(file, "cannot be read at " + member, e);
    }
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }
}
