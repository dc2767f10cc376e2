// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import io.vmattest.tee.Capture;
import io.vmattest.tee.TeeException;
import io.vmattest.tee.VmstateImage;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import java.time.Duration;
import java.util.Optional;

/**
 * Captures a guest that stands still: QEMU writes its state with snapshot-save into an image in our
 * memory, and changes nothing of how the guest stands.
 */
final class SuspendedCapture {
  private static final Duration POLL = Duration.ofMillis(20);

  private final GuestDomain domain;
  private final Qmp qmp;
  private final Optional<DiskFreeze> freeze;

  /**
   * @param freeze what freezes the disks, in the state that the memory is captured in
   */
  SuspendedCapture(GuestDomain domain, Optional<DiskFreeze> freeze) {
    this.domain = domain;
    this.qmp = new Qmp(domain);
    this.freeze = freeze;
  }

  void into(Capture capture, Duration deadline)
      throws LibvirtFailure, TeeException, HypervisorException, InterruptedException {
    VmstateNode.removeForgotten(qmp);
    try (VmstateImage image = VmstateImage.create()) {
      try (Stillness stillness = Stillness.of(domain);
          VmstateNode node = VmstateNode.add(qmp, image.descriptor())) {
        if (freeze.isPresent()) {
          freeze.get().freeze();
        }
        save(node.name(), deadline);
        stillness.checkUntilEndOf(node.name());
      }
      capture.readVmstate(image, deadline);
    }
  }

  private void save(String node, Duration deadline)
      throws LibvirtFailure, HypervisorException, InterruptedException {
    qmp.execute(
        "snapshot-save",
        JSON.createObjectBuilder()
            .add("job-id", node)
            .add("tag", node)
            .add("vmstate", node)
            .add("devices", JSON.createArrayBuilder().add(node))
            .build());
    JsonObject job;
    try {
      job = awaitEnd(node, deadline);
    } finally {
      qmp.execute("job-dismiss", JSON.createObjectBuilder().add("id", node).build());
    }
    if (job.containsKey("error")) {
      throw new HypervisorException(
          Reason.CAPTURE_FAILED,
          "QEMU could not write the guest's state: " + job.getString("error"));
    }
  }

  private JsonObject awaitEnd(String job, Duration deadline)
      throws LibvirtFailure, HypervisorException, InterruptedException {
    long end = System.nanoTime() + deadline.toNanos();
    while (System.nanoTime() - end < 0) {
      JsonArray jobs = qmp.execute("query-jobs").asJsonArray();
      Optional<JsonObject> ours =
          jobs.getValuesAs(JsonObject.class).stream()
              .filter(j -> j.getString("id").equals(job))
              .findFirst();
      if (ours.isEmpty()) {
        throw new HypervisorException(
            Reason.CAPTURE_FAILED, "QEMU lost the job that writes the guest's state");
      }
      if (ours.get().getString("status").equals("concluded")) {
        return ours.get();
      }
      Thread.sleep(POLL.toMillis());
    }
    throw new HypervisorException(
        Reason.CAPTURE_FAILED, "QEMU did not write the guest's state within " + deadline);
  }
}
