// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.snapshots;

import static io.vmattest.core.json.JsonImplementation.JSON;

import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * A disk image that nobody writes any more, because the guest was switched to an overlay in the
 * pause of a capture.
 *
 * @param target the disk's name, such as vda
 * @param format of the image
 * @param capacity of the disk in bytes
 * @param length of the image in bytes when it was frozen
 * @param modified when it was last written, milliseconds since 1970; 0 for a block device, whose
 *     node keeps no such time
 */
public record FrozenDisk(
    String target, Path image, String format, long capacity, long length, long modified) {

  /** An image as it is now. */
  public static FrozenDisk of(String target, Path image, String format, long capacity)
      throws IOException {
    return new FrozenDisk(target, image, format, capacity, lengthOf(image), modifiedOf(image));
  }

  /** Whether the image is as it was when it was frozen, as far as its length and time say. */
  public boolean isUntouched() throws IOException {
    return Files.exists(image) && lengthOf(image) == length && modifiedOf(image) == modified;
  }

  /** The same disk in another image of the same content, or in this one as it is now. */
  public FrozenDisk in(Path newImage) throws IOException {
    return of(target, newImage, newImage.equals(image) ? format : "qcow2", capacity);
  }

  /** A block device's node has no size of its own: the device is asked. */
  private static long lengthOf(Path image) throws IOException {
    if (Files.isRegularFile(image)) {
      return Files.size(image);
    }
    if (Files.isDirectory(image)) {
      throw new IOException(image + " is no disk image");
    }
    try (FileChannel device = FileChannel.open(image, StandardOpenOption.READ)) {
      return device.size();
    }
  }

  private static long modifiedOf(Path image) throws IOException {
    return Files.isRegularFile(image) ? Files.getLastModifiedTime(image).toMillis() : 0;
  }

  static byte[] toJson(List<FrozenDisk> disks) {
    JsonArrayBuilder array = JSON.createArrayBuilder();
    for (FrozenDisk disk : disks) {
      array.add(
          JSON.createObjectBuilder()
              .add("target", disk.target)
              .add("image", disk.image.toString())
              .add("format", disk.format)
              .add("capacity", disk.capacity)
              .add("length", disk.length)
              .add("modified", disk.modified));
    }
    return array.build().toString().getBytes(StandardCharsets.UTF_8);
  }

  static List<FrozenDisk> ofJson(String json) throws IOException {
    try (JsonReader reader = JSON.createReader(new StringReader(json))) {
      return reader.readArray().getValuesAs(JsonObject.class).stream()
          .map(FrozenDisk::ofObject)
          .toList();
    } catch (JsonException | NullPointerException | ClassCastException e) {
      throw new IOException("the list of disks is malformed", e);
    }
  }

  private static FrozenDisk ofObject(JsonObject disk) {
    return new FrozenDisk(
        disk.getString("target"),
        Path.of(disk.getString("image")),
        disk.getString("format"),
        disk.getJsonNumber("capacity").longValueExact(),
        disk.getJsonNumber("length").longValueExact(),
        disk.getJsonNumber("modified").longValueExact());
  }
}
