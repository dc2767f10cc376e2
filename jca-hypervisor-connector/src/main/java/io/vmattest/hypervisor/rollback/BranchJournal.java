// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.hypervisor.api.OpenRollbacks;
import io.vmattest.hypervisor.snapshots.DurableFiles;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The branches on disk, one file each. One that cannot be read concerns only its own branch: it is
 * put aside, for an operator to look at.
 */
final class BranchJournal {
  private static final Logger LOG = System.getLogger(BranchJournal.class.getName());
  private static final String SUFFIX = ".json";
  private static final String DAMAGED = ".damaged";

  private final Path folder;
  private final OnceEach complaints = new OnceEach(LOG);

  BranchJournal(Path folder) {
    this.folder = folder;
  }

  /** Durable on return. */
  void put(Branch branch) throws IOException {
    DurableFiles.replace(file(branch.id()), BranchJson.of(branch).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Puts a branch whose record was lost; durable on return. What was put aside of it is no news.
   */
  void restore(Branch branch) throws IOException {
    put(branch);
    if (Files.deleteIfExists(aside(file(branch.id())))) {
      DurableFiles.sync(folder);
    }
  }

  /**
   * @throws IOException also if the branch's file was put aside: what became of it is not known
   */
  Optional<Branch> find(BranchId id) throws IOException {
    Path file = file(id);
    if (Files.exists(file)) {
      return Optional.of(read(file));
    }
    if (Files.exists(aside(file))) {
      throw new IOException("the branch's record is damaged: " + aside(file));
    }
    return Optional.empty();
  }

  /** Those that can be read; the others are said in the log. */
  List<Branch> list() throws IOException {
    List<Branch> result = new ArrayList<>();
    for (Path file : files("[0-9a-f]{64}\\.json")) {
      readable(file).ifPresent(result::add);
    }
    return result;
  }

  private Optional<Branch> readable(Path file) throws IOException {
    try {
      return Optional.of(read(file));
    } catch (NoSuchFileException e) {
      // Finished meanwhile.
      return Optional.empty();
    } catch (ClosedByInterruptException e) {
      throw e;
    } catch (MalformedBranchException e) {
      putAside(file, e);
      return Optional.empty();
    } catch (IOException e) {
      complaints.warn("a rollback's record cannot be read: " + file, e);
      return Optional.empty();
    }
  }

  private void putAside(Path file, MalformedBranchException why) {
    try {
      DurableFiles.move(file, aside(file));
      LOG.log(
          Level.ERROR,
          "a rollback's record is damaged, and its VM may be left paused; look at " + aside(file),
          why);
    } catch (IOException e) {
      why.addSuppressed(e);
      complaints.warn("a damaged record of a rollback cannot be put aside: " + file, why);
    }
  }

  private static Path aside(Path file) {
    return file.resolveSibling(file.getFileName() + DAMAGED);
  }

  /** Of a branch whose VM is free again. What was decided by hand is kept until it is forgotten. */
  void close(Branch branch) throws IOException {
    Optional<Branch> remains = branch.remains();
    if (remains.isPresent()) {
      put(remains.get());
    } else {
      remove(branch.id());
    }
  }

  /** When a branch came into its phase; empty if it is finished. */
  Optional<Instant> since(BranchId id) throws IOException {
    try {
      return Optional.of(Files.getLastModifiedTime(file(id)).toInstant());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** The records that were put aside. */
  List<OpenRollbacks.Damaged> damaged() throws IOException {
    List<OpenRollbacks.Damaged> result = new ArrayList<>();
    for (Path file : files("[0-9a-f]{64}\\.json\\.damaged")) {
      result.add(
          new OpenRollbacks.Damaged(
              String.valueOf(file.getFileName()), Files.getLastModifiedTime(file).toInstant()));
    }
    return result;
  }

  private List<Path> files(String pattern) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.filter(p -> p.getFileName().toString().matches(pattern)).sorted().toList();
    }
  }

  void remove(BranchId id) throws IOException {
    Files.deleteIfExists(file(id));
    DurableFiles.sync(folder);
  }

  private Path file(BranchId id) {
    return folder.resolve(id.fileName() + SUFFIX);
  }

  private static Branch read(Path file) throws IOException {
    try {
      return BranchJson.parse(Files.readString(file));
    } catch (CharacterCodingException | IllegalArgumentException e) {
      throw new MalformedBranchException(file, e);
    }
  }
}
