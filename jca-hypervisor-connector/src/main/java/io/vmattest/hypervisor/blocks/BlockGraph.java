// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.blocks;

import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import jakarta.json.JsonArray;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The block nodes that a QEMU has, and which of them its guest's devices write to.
 *
 * @param devices with a medium, filters that QEMU inserted itself left out
 */
record BlockGraph(List<Device> devices, List<Node> nodes) {
  /** A guest that was given the most that libvirt can give has fewer. */
  static final int MAX_ENTRIES = 4096;

  private static final int MAX_TEXT = 16384;
  private static final String DEVICES = "query-block";
  private static final String NODES = "query-named-block-nodes";

  /**
   * A node.
   *
   * @param name begins with # if QEMU chose it
   * @param driver such as qcow2 or file
   * @param path of its file; empty if it has none on this host
   * @param below how many images are below it
   */
  record Node(String name, String driver, Optional<String> path, int below) {}

  /**
   * A device of the guest.
   *
   * @param id its alias, or its place in QEMU's tree of objects
   * @param top the node that it reads and writes
   */
  record Device(String id, Node top) {
    /** Whether it is the device of that alias, or a part of that device. */
    boolean isOf(String alias) {
      return id.equals(alias) || id.startsWith("/machine/peripheral/" + alias + "/");
    }
  }

  BlockGraph {
    devices = List.copyOf(devices);
    nodes = List.copyOf(nodes);
  }

  static BlockGraph read(Qmp qmp) throws LibvirtFailure {
    return of(qmp.execute(DEVICES), qmp.execute(NODES));
  }

  /**
   * @param devices what QEMU answers to query-block
   * @param nodes what it answers to query-named-block-nodes
   */
  static BlockGraph of(JsonValue devices, JsonValue nodes) throws LibvirtFailure {
    List<Device> found = new ArrayList<>();
    for (JsonObject device : objects(DEVICES, devices)) {
      if (device.get("inserted") instanceof JsonObject top) {
        found.add(new Device(text(DEVICES, device, "qdev"), node(DEVICES, top)));
      }
    }
    List<Node> all = new ArrayList<>();
    for (JsonObject node : objects(NODES, nodes)) {
      all.add(node(NODES, node));
    }
    return new BlockGraph(found, all);
  }

  private static List<JsonObject> objects(String command, JsonValue answer) throws LibvirtFailure {
    if (!(answer instanceof JsonArray array)) {
      throw LibvirtFailure.malformedAnswer(command, "no list");
    }
    if (array.size() > MAX_ENTRIES) {
      throw LibvirtFailure.malformedAnswer(command, array.size() + " entries are too many");
    }
    for (JsonValue entry : array) {
      if (!(entry instanceof JsonObject)) {
        throw LibvirtFailure.malformedAnswer(command, "an entry is no object");
      }
    }
    return array.getValuesAs(JsonObject.class);
  }

  private static Node node(String command, JsonObject node) throws LibvirtFailure {
    return new Node(
        text(command, node, "node-name"),
        text(command, node, "drv"),
        NodeFile.path(text(command, node, "file")),
        depth(command, node));
  }

  private static int depth(String command, JsonObject node) throws LibvirtFailure {
    try {
      return node.getJsonNumber("backing_file_depth").intValueExact();
    } catch (NullPointerException | ClassCastException | ArithmeticException e) {
      throw LibvirtFailure.malformedAnswer(command, "a node's depth is no number");
    }
  }

  /** An empty text if there is none. */
  private static String text(String command, JsonObject object, String key) throws LibvirtFailure {
    try {
      String text = object.getString(key, "");
      if (text.length() > MAX_TEXT) {
        throw LibvirtFailure.malformedAnswer(command, key + " is too long");
      }
      return text;
    } catch (JsonException e) {
      throw LibvirtFailure.malformedAnswer(command, key + " is no text");
    }
  }

  Optional<Node> node(String name) {
    return nodes.stream().filter(node -> node.name().equals(name)).findFirst();
  }
}
