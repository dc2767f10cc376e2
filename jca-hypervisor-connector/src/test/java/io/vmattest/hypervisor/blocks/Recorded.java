// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.blocks;

import io.vmattest.hypervisor.config.ActiveImage;
import io.vmattest.hypervisor.snapshots.Overlays;
import jakarta.json.Json;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * What libvirt 9.0 and QEMU 7.2 said of a guest whose overlay 5 was added, and switched to, behind
 * libvirt's back; libvirt believes in overlay 4.
 */
final class Recorded {
  static final String BEFORE_SWITCH = "before-switch";
  static final String AFTER_SWITCH = "after-switch";

  private Recorded() {}

  static String text(String name) throws IOException {
    try (InputStream file = Objects.requireNonNull(Recorded.class.getResourceAsStream(name))) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  static JsonValue answer(String text) {
    try (JsonReader reader = Json.createReader(new StringReader(text))) {
      return Objects.requireNonNull(reader.readObject().get("return"));
    }
  }

  static BlockGraph graph(String state) throws Exception {
    return graph(text(state + ".query-block.json"), text(state + ".query-named-block-nodes.json"));
  }

  static BlockGraph graph(String devices, String nodes) throws Exception {
    return BlockGraph.of(answer(devices), answer(nodes));
  }

  static ChainDifferences differences(String xml, BlockGraph graph) throws Exception {
    return ChainDifferences.between(ActiveImage.list(xml), Overlays.marksIn(xml), graph);
  }
}
