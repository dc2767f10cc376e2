// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.archive;

import io.vmattest.core.report.Digest;
import io.vmattest.server.bodies.StoredBody;
import io.vmattest.server.platform.StateFolder;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;

/**
 * The folder of the files. One writes at a time, of all servers that share it; a file appears under
 * its name when it is whole and durable.
 */
public final class ArchiveFolder {
  private static final String TEMPORARY = ".new";

  private final Path folder;

  public ArchiveFolder(Path folder) {
    this.folder = folder;
  }

  /** Below the state folder. */
  public static ArchiveFolder ofState() {
    return new ArchiveFolder(StateFolder.resolve("archive/ledger"));
  }

  /** Puts members into a file. */
  @FunctionalInterface
  public interface Filling {
    void fill(Members members) throws IOException;
  }

  /** Takes members of a file that is being written. */
  @FunctionalInterface
  public interface Members {
    void add(String name, StoredBody body) throws IOException;
  }

  /** Held by who writes, until he closes it; empty if another holds it. */
  public Optional<Closeable> lock() throws IOException {
    Files.createDirectories(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    FileChannel channel =
        FileChannel.open(
            folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return Optional.of(channel);
      }
    } catch (OverlappingFileLockException e) {
      // Another one of this server.
    }
    channel.close();
    return Optional.empty();
  }

  /** Writes a file anew, whatever was there under its name. */
  public void write(ArchiveName name, Filling filling) throws IOException {
    Path temporary = folder.resolve("." + name.file() + TEMPORARY);
    Files.deleteIfExists(temporary);
    try (ArchiveWriter writer = ArchiveWriter.create(temporary)) {
      filling.fill(writer::add);
      writer.finish();
    }
    Files.move(
        temporary,
        folder.resolve(name.file()),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel names = FileChannel.open(folder, StandardOpenOption.READ)) {
      names.force(true);
    }
  }

  /** The file that begins with an entry and ends last; of one that was broken off, for instance. */
  public Optional<ArchiveName> beginningWith(long first) throws IOException {
    Optional<ArchiveName> found = Optional.empty();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "bodies-" + first + "-*")) {
      for (Path file : files) {
        Optional<ArchiveName> name = ArchiveName.parse(String.valueOf(file.getFileName()));
        if (name.isPresent() && found.map(f -> f.last() < name.get().last()).orElse(true)) {
          found = name;
        }
      }
    }
    return found;
  }

  /**
   * @throws DamagedArchiveException if it is not there, or no file of bodies
   */
  public ArchiveReader open(ArchiveName name) throws DamagedArchiveException {
    return ArchiveReader.open(folder.resolve(name.file()));
  }

  /**
   * SHA-256 of a file.
   *
   * @throws DamagedArchiveException if it is not there, or cannot be read
   */
  public Digest sha256(ArchiveName name) throws DamagedArchiveException {
    try (InputStream in = Files.newInputStream(folder.resolve(name.file()))) {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[1 << 16];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        sha.update(buffer, 0, count);
      }
      return Digest.of(sha.digest());
    } catch (NoSuchFileException e) {
      throw DamagedArchiveException.missing(name.file(), e);
    } catch (IOException e) {
      throw DamagedArchiveException.unreadable(name.file(), e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
