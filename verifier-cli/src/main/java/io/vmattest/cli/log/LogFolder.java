// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.log;

import io.vmattest.core.tlog.EntryBundle;
import io.vmattest.core.tlog.MalformedTlogException;
import io.vmattest.core.tlog.SignedNote;
import io.vmattest.core.tlog.Tile;
import io.vmattest.core.tlog.TilePath;
import io.vmattest.core.tlog.TileSource;
import io.vmattest.core.tlog.TileUnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A log as files, in the layout of C2SP tlog-tiles, and what more an auditor needs: checkpoints/N,
 * the one of N entries, and body/N, the body of entry N; N in groups of three digits, like a
 * tile's. Nothing that is read is believed. Links are not followed below the folder.
 */
public final class LogFolder implements TileSource {
  /** Name of the file that holds the last checkpoint. */
  public static final String CHECKPOINT = "checkpoint";

  /** Name of the file that holds the keys that the server named. */
  public static final String KEYS = "keys";

  private static final String CHECKPOINTS = "checkpoints";

  /** More than any body of an entry (reports have at most 1 MiB). */
  static final int MAX_BODY = 8 << 20;

  private final Path folder;

  public LogFolder(Path folder) {
    this.folder = folder;
  }

  public Path path() {
    return folder;
  }

  /** Where entry N's body is, relative to the folder. */
  public static String bodyName(long index) {
    return "body/" + groups(index);
  }

  /** Where the checkpoint of N entries is, relative to the folder. */
  public static String checkpointName(long size) {
    return CHECKPOINTS + "/" + groups(size);
  }

  private static String groups(long number) {
    String digits = "%03d".formatted(number % 1000);
    return number < 1000 ? digits : prefix(number / 1000) + digits;
  }

  private static String prefix(long number) {
    String digits = "x%03d/".formatted(number % 1000);
    return number < 1000 ? digits : prefix(number / 1000) + digits;
  }

  /** Sizes of the checkpoints that are there, the smallest first. */
  public List<Long> checkpointSizes() throws IOException {
    List<Long> sizes = new ArrayList<>();
    for (String name : names(CHECKPOINTS)) {
      number(name, CHECKPOINTS).ifPresent(sizes::add);
    }
    sizes.sort(null);
    return sizes;
  }

  private static Optional<Long> number(String name, String below) {
    String digits = name.substring(below.length() + 1).replace("x", "").replace("/", "");
    try {
      long number = Long.parseLong(digits);
      return Optional.of(number).filter(n -> name.equals(below + "/" + groups(n)));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** Files below a part of the folder, by their names relative to it; none if it is not there. */
  public List<String> names(String part) throws IOException {
    Path root = folder.resolve(part);
    List<String> names = new ArrayList<>();
    if (!Files.isDirectory(root, LinkOption.NOFOLLOW_LINKS)) {
      return names;
    }
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            names.add(folder.relativize(file).toString());
            return FileVisitResult.CONTINUE;
          }
        });
    names.sort(null);
    return names;
  }

  @Override
  public byte[] read(TilePath path) throws TileUnavailableException {
    int most = path.isEntries() ? EntryBundle.MAX_SIZE : Tile.MAX_WIDTH * 32;
    try {
      return read(path.format(), most)
          .orElseThrow(() -> new TileUnavailableException(path, "the folder has no such file"));
    } catch (IOException e) {
      throw new TileUnavailableException(path, e);
    }
  }

  /** A body, if it is there. */
  public Optional<byte[]> body(long index) throws IOException {
    return read(bodyName(index), MAX_BODY);
  }

  /**
   * A checkpoint, if there is such a file.
   *
   * @throws MalformedTlogException if it holds something else
   */
  public Optional<SignedNote> note(String name) throws IOException, MalformedTlogException {
    Optional<byte[]> bytes = read(name, SignedNote.MAX_SIZE);
    return bytes.isPresent() ? Optional.of(SignedNote.parse(bytes.get())) : Optional.empty();
  }

  /**
   * A file's bytes, if it is there.
   *
   * @throws IOException also if it has more bytes than it may, or is no regular file
   */
  public Optional<byte[]> read(String name, int most) throws IOException {
    Path file = folder.resolve(name);
    try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
      byte[] bytes = in.readNBytes(most + 1);
      if (bytes.length > most) {
        throw new IOException(name + " has more than " + most + " bytes");
      }
      return Optional.of(bytes);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /**
   * Writes a file so that a reader sees it whole or not at all; one of the same bytes is left
   * alone. It is not forced to the disk: who goes on after a crash reads it again.
   */
  public void write(String name, byte[] bytes) throws IOException {
    Path file = folder.resolve(name);
    if (holds(file, bytes)) {
      return;
    }
    Files.createDirectories(file.getParent() == null ? folder : file.getParent());
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.write(part, bytes);
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static boolean holds(Path file, byte[] bytes) throws IOException {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        && Files.size(file) == bytes.length
        && Arrays.equals(Files.readAllBytes(file), bytes);
  }

  /** Removes what an earlier export left of tiles that are wider now. */
  void removeNarrower(TilePath path) {
    try {
      for (String name : names(path.full().format() + ".p")) {
        if (!path.isPartial() || !name.equals(path.format())) {
          Files.deleteIfExists(folder.resolve(name));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
