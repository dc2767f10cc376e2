// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.snapshots;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The folders of clones, each with the files that its QEMU writes. An overlay in one holds the
 * images that it rests on, whether its domain is there yet or not.
 */
public final class CloneFolders {
  private static final Pattern CLONE =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

  private final Path root;

  CloneFolders(Path root) {
    this.root = root;
  }

  /** An empty folder that QEMU's user can pass through. */
  public Path make(UUID clone) throws IOException {
    Path folder = Files.createDirectory(of(clone));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
    return folder;
  }

  public boolean exists(UUID clone) {
    return Files.isDirectory(of(clone), LinkOption.NOFOLLOW_LINKS);
  }

  /** All that are there, whoever made them. */
  public List<UUID> list() throws IOException {
    try (Stream<Path> all = Files.list(root)) {
      return all.map(folder -> folder.getFileName().toString())
          .filter(name -> CLONE.matcher(name).matches())
          .map(UUID::fromString)
          .toList();
    }
  }

  /** With all that is in it; nothing happens if it is not there. */
  public void remove(UUID clone) throws IOException {
    DurableFiles.deleteTree(of(clone));
  }

  /** Makes the overlay of a disk. */
  public Path cover(UUID clone, int index, FrozenDisk disk)
      throws IOException, InterruptedException {
    Path overlay = of(clone).resolve("disk-%d.qcow2".formatted(index));
    Overlays.create(disk.image(), disk.format(), disk.capacity(), overlay);
    return overlay;
  }

  /** Makes a copy that belongs to whom the original belongs to. */
  public Path copy(UUID clone, Path original, long mostBytes) throws IOException {
    if (!Files.isRegularFile(original) || Files.size(original) > mostBytes) {
      throw new IOException(original + " is no file of at most " + mostBytes + " bytes");
    }
    Path copy = of(clone).resolve("nvram");
    OverlayAccess.createLike(original, copy);
    Files.write(copy, Files.readAllBytes(original));
    return copy;
  }

  /** The overlays of all clones. */
  public List<Path> overlays() throws IOException {
    List<Path> result = new ArrayList<>();
    for (UUID clone : list()) {
      try (Stream<Path> files = Files.list(of(clone))) {
        files.filter(file -> file.toString().endsWith(".qcow2")).forEach(result::add);
      }
    }
    return result;
  }

  private Path of(UUID clone) {
    return root.resolve(clone.toString());
  }
}
