// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.chains;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.hypervisor.snapshots.DurableFiles;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A merge that changes images which snapshots froze; on disk from before it begins until the
 * snapshots say how the images are afterwards.
 *
 * @param source whose content goes
 * @param destination where it goes
 * @param rewritten the frozen image whose header names another one afterwards: the destination
 *     itself, or what rested on the source
 */
record PendingMerge(Path source, Path destination, Path rewritten) {
  private static final long MAX_SIZE = 64 << 10;

  /** A file that is none. */
  static final class DamagedException extends IOException {
    private static final long serialVersionUID = 1L;

    DamagedException(Path file, Throwable cause) {
      super(file + " is malformed", cause);
    }
  }

  /** Whether what is frozen in the source is in the destination afterwards. */
  boolean movesSource() {
    return !destination.equals(rewritten);
  }

  void write(Path file) throws IOException {
    String json =
        JSON.createObjectBuilder()
            .add("source", source.toString())
            .add("destination", destination.toString())
            .add("rewritten", rewritten.toString())
            .build()
            .toString();
    DurableFiles.replace(file, json.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * @throws DamagedException if it is not what {@link #write} wrote
   */
  static PendingMerge read(Path file) throws IOException {
    if (Files.size(file) > MAX_SIZE) {
      throw new DamagedException(file, new IOException("it is too large"));
    }
    String json = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    try (JsonReader reader = JSON.createReader(new StringReader(json))) {
      JsonObject merge = reader.readObject();
      return new PendingMerge(
          path(merge, "source"), path(merge, "destination"), path(merge, "rewritten"));
    } catch (JsonException | NullPointerException | ClassCastException e) {
      throw new DamagedException(file, e);
    }
  }

  private static Path path(JsonObject merge, String name) {
    return Path.of(merge.getString(name));
  }
}
