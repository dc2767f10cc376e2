// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.archive;

import io.vmattest.server.bodies.StoredBody;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.LocalDateTime;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes a file of bodies: ZIP with STORED members, the same bytes for the same members, so that
 * who writes it once more writes the same file. Not thread-safe.
 */
final class ArchiveWriter implements Closeable {
  /** The first that ZIP has. */
  private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

  private final FileChannel channel;
  private final ZipOutputStream zip;

  private ArchiveWriter(FileChannel channel) {
    this.channel = channel;
    this.zip =
        new ZipOutputStream(new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16));
  }

  /** Of a new file, which only its owner may read. */
  static ArchiveWriter create(Path file) throws IOException {
    return new ArchiveWriter(
        (FileChannel)
            Files.newByteChannel(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(
                    PosixFilePermissions.fromString("rw-------"))));
  }

  void add(String member, StoredBody body) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(body.bytes());
    ZipEntry entry = new ZipEntry(member);
    entry.setMethod(ZipEntry.STORED);
    entry.setTimeLocal(NO_TIME);
    entry.setSize(body.bytes().length);
    entry.setCrc(crc.getValue());
    body.key().ifPresent(entry::setComment);
    zip.putNextEntry(entry);
    zip.write(body.bytes());
    zip.closeEntry();
  }

  /** The file is whole and durable then, under the name that it has. */
  void finish() throws IOException {
    zip.finish();
    zip.flush();
    channel.force(true);
  }

  @Override
  public void close() throws IOException {
    // Of a file that was not finished there is nothing to write.
    channel.close();
  }
}
