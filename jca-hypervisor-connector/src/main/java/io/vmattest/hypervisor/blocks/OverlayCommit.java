// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.blocks;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import io.vmattest.hypervisor.libvirt.QmpException;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.time.Duration;
import java.util.Optional;

/**
 * Commits a stray overlay into the image below it, under the running guest, which writes to that
 * image then. Broken off at any moment, the guest writes to the one or to the other and sees the
 * same; a later commit takes up the job of one whose process died.
 */
final class OverlayCommit {
  private static final Duration POLL = Duration.ofMillis(20);
  private static final String JOB = "vmattest-commit-";

  private final Qmp qmp;
  private final StrayOverlay stray;
  private final String job;

  OverlayCommit(Qmp qmp, StrayOverlay stray) {
    this.qmp = qmp;
    this.stray = stray;
    this.job = JOB + stray.target();
  }

  /** Whether a block job of QEMU's is one of these. */
  static boolean isOne(JsonValue blockJob) {
    return blockJob instanceof JsonObject object && id(object).startsWith(JOB);
  }

  private static String id(JsonObject blockJob) {
    return blockJob.getString("device", "");
  }

  /**
   * Returns when the job is over: whether it did what it should is seen in the graph.
   *
   * @throws QmpException if QEMU refuses; nothing has changed then
   */
  void run(Duration patience) throws LibvirtFailure, InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    if (job().isEmpty()) {
      begin();
    }
    try {
      if (!isOverBy(end)) {
        cancel();
      }
    } catch (InterruptedException e) {
      cancel();
      throw e;
    }
  }

  /** The guest goes on with the overlay, which still has everything. */
  private void cancel() throws LibvirtFailure {
    try {
      qmp.execute(
          "block-job-cancel",
          JSON.createObjectBuilder().add("device", job).add("force", true).build());
    } catch (QmpException e) {
      if (job().isPresent()) {
        throw e;
      }
    }
  }

  private void begin() throws LibvirtFailure {
    qmp.execute(
        "block-commit",
        JSON.createObjectBuilder()
            .add("job-id", job)
            .add("device", stray.node())
            .add("base-node", stray.believedNode())
            .build());
  }

  private boolean isOverBy(long end) throws LibvirtFailure, InterruptedException {
    Optional<JsonObject> current = job();
    while (current.isPresent()) {
      if (System.nanoTime() - end >= 0) {
        return false;
      }
      if (current.get().getString("status", "").equals("ready")) {
        complete();
      }
      Thread.sleep(POLL.toMillis());
      current = job();
    }
    return true;
  }

  private void complete() throws LibvirtFailure {
    try {
      qmp.execute("block-job-complete", JSON.createObjectBuilder().add("device", job).build());
    } catch (QmpException e) {
      // It has been asked to already, or has ended meanwhile: the next look at it tells.
      if (job().map(j -> j.getString("status", "")).filter("ready"::equals).isPresent()) {
        throw e;
      }
    }
  }

  private Optional<JsonObject> job() throws LibvirtFailure {
    if (!(qmp.execute("query-block-jobs") instanceof JsonArray jobs)) {
      throw LibvirtFailure.malformedAnswer("query-block-jobs", "no list");
    }
    return jobs.stream()
        .filter(JsonObject.class::isInstance)
        .map(JsonObject.class::cast)
        .filter(j -> id(j).equals(job))
        .findFirst();
  }
}
