// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.util.UUID;

/** An image of ours as a block node in QEMU, reached through a descriptor that QEMU was given. */
final class VmstateNode implements AutoCloseable {
  /** Marks what is ours in QEMU. */
  private static final String PREFIX = "vmattest-";

  private final Qmp qmp;

  /** QEMU's names have at most 31 characters. */
  private final String name = PREFIX + UUID.randomUUID().toString().substring(0, 18);

  private final int descriptorSet;

  private VmstateNode(Qmp qmp, int descriptorSet) {
    this.qmp = qmp;
    this.descriptorSet = descriptorSet;
  }

  /** Adds the image to QEMU. */
  static VmstateNode add(Qmp qmp, int descriptor) throws LibvirtFailure {
    JsonObject added =
        qmp.execute("add-fd", JSON.createObjectBuilder().add("opaque", PREFIX).build(), descriptor)
            .asJsonObject();
    VmstateNode node = new VmstateNode(qmp, added.getInt("fdset-id"));
    try {
      node.addBlockNode();
    } catch (LibvirtFailure e) {
      node.removeDescriptor(e);
      throw e;
    }
    return node;
  }

  String name() {
    return name;
  }

  private void addBlockNode() throws LibvirtFailure {
    qmp.execute(
        "blockdev-add",
        JSON.createObjectBuilder()
            .add("driver", "qcow2")
            .add("node-name", name)
            .add(
                "file",
                JSON.createObjectBuilder()
                    .add("driver", "file")
                    .add("filename", "/dev/fdset/" + descriptorSet)
                    .add("locking", "off"))
            .build());
  }

  private void removeDescriptor(LibvirtFailure cause) {
    try {
      removeDescriptor(qmp, descriptorSet);
    } catch (LibvirtFailure e) {
      cause.addSuppressed(e);
    }
  }

  private static void removeDescriptor(Qmp qmp, int set) throws LibvirtFailure {
    qmp.execute("remove-fd", JSON.createObjectBuilder().add("fdset-id", set).build());
  }

  /**
   * Removes what captures that were broken off with their process have left in QEMU, which would
   * keep their memory for as long as the guest lives.
   */
  static void removeForgotten(Qmp qmp) throws LibvirtFailure {
    for (JsonValue value : qmp.execute("query-jobs").asJsonArray()) {
      JsonObject job = value.asJsonObject();
      if (job.getString("id").startsWith(PREFIX) && job.getString("status").equals("concluded")) {
        qmp.execute(
            "job-dismiss", JSON.createObjectBuilder().add("id", job.getString("id")).build());
      }
    }
    for (JsonValue value : qmp.execute("query-named-block-nodes").asJsonArray()) {
      String node = value.asJsonObject().getString("node-name", "");
      if (node.startsWith(PREFIX)) {
        qmp.execute("blockdev-del", JSON.createObjectBuilder().add("node-name", node).build());
      }
    }
    for (JsonValue value : qmp.execute("query-fdsets").asJsonArray()) {
      JsonObject set = value.asJsonObject();
      boolean ours =
          set.getJsonArray("fds").getValuesAs(JsonObject.class).stream()
              .anyMatch(fd -> fd.getString("opaque", "").equals(PREFIX));
      if (ours) {
        removeDescriptor(qmp, set.getInt("fdset-id"));
      }
    }
  }

  @Override
  public void close() throws LibvirtFailure {
    try {
      qmp.execute("blockdev-del", JSON.createObjectBuilder().add("node-name", name).build());
    } finally {
      removeDescriptor(qmp, descriptorSet);
    }
  }
}
