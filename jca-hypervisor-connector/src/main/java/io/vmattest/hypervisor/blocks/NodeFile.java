// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.blocks;

import static io.vmattest.core.json.JsonImplementation.JSON;

import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.util.Optional;

/**
 * The file that a node of QEMU's reads and writes. QEMU names it by its path, or, where that does
 * not say all (such as that a backing file is not to be opened), by the node's options after {@code
 * json:}.
 */
final class NodeFile {
  private static final String OPTIONS = "json:";

  /** Nodes below each other, down to the one that has a file. */
  private static final int MAX_DEPTH = 8;

  private NodeFile() {}

  /** The path; empty if the node has none on this host. */
  static Optional<String> path(String name) {
    if (name.startsWith("/")) {
      return Optional.of(name);
    }
    return name.startsWith(OPTIONS)
        ? ofOptions(name.substring(OPTIONS.length()))
        : Optional.empty();
  }

  private static Optional<String> ofOptions(String options) {
    try (JsonReader reader = JSON.createReader(new StringReader(options))) {
      JsonObject node = reader.readObject();
      for (int i = 0; i < MAX_DEPTH; i++) {
        JsonValue file = node.get("file");
        if (!(file instanceof JsonObject below)) {
          return Optional.of(node.getString("filename", "")).filter(f -> f.startsWith("/"));
        }
        node = below;
      }
      return Optional.empty();
    } catch (RuntimeException e) {
      // No JSON, or nested so deeply that the parser gives up, for which it has no type.
      return Optional.empty();
    }
  }
}
