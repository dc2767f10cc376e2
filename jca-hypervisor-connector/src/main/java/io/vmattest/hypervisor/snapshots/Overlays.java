// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.snapshots;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Makes qcow2 overlays over disk images. An overlay lies beside the image that it covers, where
 * QEMU can reach it if it can reach the image; over a block device it lies in the state folder.
 */
public final class Overlays {
  private static final Pattern OVERLAY =
      Pattern.compile(
          "(.+)\\.(vmattest-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})\\.qcow2");

  private static final Pattern MARK =
      Pattern.compile("vmattest-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}");

  private final Path blockDeviceOverlays;

  public Overlays(StateFolder state) {
    this.blockDeviceOverlays = state.overlays();
  }

  /** Whether a path is that of an overlay made here. */
  public static boolean isOverlay(String path) {
    return OVERLAY.matcher(path).matches();
  }

  /** What no other overlay has in its name; empty if it is not one of ours. */
  public static Optional<String> mark(Path image) {
    Matcher overlay = OVERLAY.matcher(image.toString());
    return overlay.matches() ? Optional.of(overlay.group(2)) : Optional.empty();
  }

  /** The marks of all overlays that are named in a text, whatever its form. */
  public static Set<String> marksIn(String text) {
    return MARK.matcher(text).results().map(MatchResult::group).collect(Collectors.toSet());
  }

  /**
   * Makes one that nobody may read who may not read the image: all that the guest writes goes
   * there.
   *
   * @param capacity the disk's size in bytes; given, so that the image, which a guest may be
   *     writing, need not be opened
   */
  public Path create(Path image, String format, long capacity)
      throws IOException, InterruptedException {
    Path overlay = nameOver(image);
    create(image, format, capacity, overlay);
    return overlay;
  }

  /** The same under a name that is not there yet. */
  static void create(Path image, String format, long capacity, Path overlay)
      throws IOException, InterruptedException {
    List<String> command =
        List.of(
            "qemu-img",
            "create",
            "-q",
            "-u",
            "-f",
            "qcow2",
            "-b",
            image.toString(),
            "-F",
            format,
            overlay.toString(),
            Long.toString(capacity));
    boolean made = false;
    try {
      // qemu-img would make it readable by all; it leaves a file that is there as it is.
      OverlayAccess.createLike(image, overlay);
      Programs.run(command);
      made = true;
    } finally {
      if (!made) {
        Files.deleteIfExists(overlay);
      }
    }
  }

  /** The overlays over the same disk that lie beside an image, itself among them if it is one. */
  public static List<Path> beside(Path image) throws IOException {
    Path folder = image.toAbsolutePath().resolveSibling(".").normalize();
    String stem = stem(image);
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(f -> isOverlay(f.toString()) && stem(f).equals(stem)).toList();
    }
  }

  private static String stem(Path image) {
    Matcher overlay = OVERLAY.matcher(image.toString());
    return overlay.matches() ? overlay.group(1) : image.toString().replaceFirst("\\.qcow2$", "");
  }

  /** Has an overlay stay, even if nothing seems to need it; durable on return. */
  public static void keep(Path overlay) throws IOException {
    Path mark = keepMark(overlay);
    if (!Files.exists(mark)) {
      Files.createFile(mark);
      DurableFiles.sync(mark.resolveSibling(".").normalize());
    }
  }

  public static boolean isKept(Path overlay) {
    return Files.exists(keepMark(overlay));
  }

  /** Its content is elsewhere. */
  public static void release(Path overlay) throws IOException {
    Files.deleteIfExists(keepMark(overlay));
  }

  private static Path keepMark(Path overlay) {
    return overlay.resolveSibling(overlay.getFileName() + ".keep");
  }

  /** The folder that an overlay over an image is made in. */
  public Path folderOver(Path image) {
    return nameOver(image).toAbsolutePath().resolveSibling(".").normalize();
  }

  private Path nameOver(Path image) {
    String name = stem(image) + ".vmattest-" + UUID.randomUUID() + ".qcow2";
    return image.startsWith("/dev")
        ? blockDeviceOverlays.resolve(name.replace('/', '_'))
        : Path.of(name);
  }
}
