// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.hypervisor.api.ProgressListener;
import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * How long each part of a rollback took. A part lasts until the next begins; the steps of one, such
 * as {@code suspect: signing}, are told by what stands before the colon.
 */
final class StepTimes implements ProgressListener {
  private static final long MILLI = 1_000_000;

  private final ProgressListener next;
  private final LongSupplier nanoTime;
  private final Map<String, Long> nanos = new LinkedHashMap<>();
  private String current = "started";
  private long since;

  StepTimes(ProgressListener next) {
    this(next, System::nanoTime);
  }

  StepTimes(ProgressListener next, LongSupplier nanoTime) {
    this.next = next;
    this.nanoTime = nanoTime;
    this.since = nanoTime.getAsLong();
  }

  @Override
  public synchronized void progress(String step, double fraction) {
    next.progress(step, fraction);
    enter(step.split(":", 2)[0]);
  }

  private void enter(String part) {
    long now = nanoTime.getAsLong();
    nanos.merge(current, now - since, Long::sum);
    current = part;
    since = now;
  }

  /**
   * Ends the last part. An array of {@code {"step", "millis"}}, in the order that they began in.
   */
  synchronized JsonArray parts() {
    enter(current);
    JsonArrayBuilder parts = JSON.createArrayBuilder();
    nanos.forEach(
        (step, took) ->
            parts.add(JSON.createObjectBuilder().add("step", step).add("millis", took / MILLI)));
    return parts.build();
  }
}
