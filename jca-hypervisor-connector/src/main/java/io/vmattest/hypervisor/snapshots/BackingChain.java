// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.snapshots;

import static io.vmattest.core.json.JsonImplementation.JSON;

import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Disk images and what they rest on, as qemu-img reads and changes them. */
public final class BackingChain {
  /** Slower than any storage that a guest could live on. */
  private static final long SLOWEST_BYTES_A_SECOND = 8L << 20;

  /**
   * One image of a chain.
   *
   * @param format such as qcow2 or raw
   */
  public record Layer(Path image, String format) {}

  private BackingChain() {}

  /**
   * An image and all that it rests on, top first. The images may be open in QEMU.
   *
   * @param format of the image: never guessed, because a guest may write what it likes into a raw
   *     one
   * @throws IOException if one is missing or has no path on this host
   */
  public static List<Layer> of(Path image, String format) throws IOException, InterruptedException {
    return parse(image, Programs.run(info(image, format, List.of("-U", "--backing-chain"))));
  }

  /** The images of a chain alone; see {@link #of}. */
  public static List<Path> imagesOf(Path image, String format)
      throws IOException, InterruptedException {
    return of(image, format).stream().map(Layer::image).toList();
  }

  /**
   * Whether nobody writes an image at the moment, QEMU or qemu-img.
   *
   * @throws IOException if it cannot be opened for another reason
   */
  public static boolean isUnwritten(Path image, String format)
      throws IOException, InterruptedException {
    try {
      Programs.run(info(image, format, List.of()));
      return true;
    } catch (IOException e) {
      if (String.valueOf(e.getMessage()).contains("Failed to get shared")) {
        return false;
      }
      throw e;
    }
  }

  /**
   * Lets a qcow2 image that nobody has open rest on another one that is below it; what lies between
   * is copied into it, so that a guest would see the same. Broken off at any moment, it is a valid
   * image of the same content.
   *
   * @param bytes what has to be copied at most
   */
  public static void rebase(Path image, Layer onto, long bytes)
      throws IOException, InterruptedException {
    Duration patience = Duration.ofSeconds(60 + bytes / SLOWEST_BYTES_A_SECOND);
    // What is copied has to be on the disk before the header stops naming where it came from.
    List<String> command =
        List.of(
            "qemu-img",
            "rebase",
            "-q",
            "-t",
            "writethrough",
            "-f",
            "qcow2",
            "-b",
            onto.image().toString(),
            "-F",
            onto.format(),
            image.toString());
    Programs.run(command, patience);
  }

  private static List<String> info(Path image, String format, List<String> options) {
    List<String> command = new ArrayList<>(List.of("qemu-img", "info", "--output=json"));
    command.addAll(options);
    command.addAll(List.of("-f", format, image.toString()));
    return command;
  }

  private static List<Layer> parse(Path image, String json) throws IOException {
    try (JsonReader reader = JSON.createReader(new StringReader(json))) {
      List<Layer> result = new ArrayList<>();
      for (JsonObject layer : reader.readArray().getValuesAs(JsonObject.class)) {
        String name = layer.getString("filename");
        if (!name.startsWith("/")) {
          throw new IOException(image + " rests on " + name + ", which is no file of this host");
        }
        result.add(new Layer(Path.of(name).normalize(), layer.getString("format")));
      }
      return List.copyOf(result);
    } catch (JsonException | NullPointerException | ClassCastException e) {
      throw new IOException("qemu-img's description of " + image + " is malformed", e);
    }
  }
}
