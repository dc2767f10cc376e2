// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.api;

import io.vmattest.core.report.Digest;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/**
 * What to capture and what the report shall say of it.
 *
 * @param trigger as in the report: timer, request, verification, rollback, suspect, event
 * @param nonce 8 to 64 bytes
 * @param sequence the report's number among this VM's reports
 * @param previous digest of this VM's previous report
 * @param keepSnapshot write RAM and devices to the store and freeze the disks in the same pause
 * @param compareWith a snapshot whose pages are compared with the captured ones
 * @param maxPause how long a running guest may stand for it, {@value #LEAST_PAUSE_MILLIS} to
 *     {@value #MOST_PAUSE_MILLIS} ms; a longer pause is broken off, and the capture fails with
 *     NOT_CONVERGING
 */
public record CaptureRequest(
    UUID vm,
    String trigger,
    Optional<byte[]> nonce,
    long sequence,
    Optional<Digest> previous,
    boolean keepSnapshot,
    Optional<Digest> compareWith,
    Duration maxPause) {
  public static final int LEAST_PAUSE_MILLIS = 5;
  public static final int MOST_PAUSE_MILLIS = 60_000;
  public static final Duration DEFAULT_MAX_PAUSE = Duration.ofSeconds(1);

  /**
   * Checks the bounds.
   *
   * @throws IllegalArgumentException if one is not kept
   */
  public CaptureRequest {
    if (!isPauseAllowed(maxPause)) {
      throw new IllegalArgumentException("a pause of at most " + maxPause);
    }
  }

  /** With the pause that is allowed by default. */
  public CaptureRequest(
      UUID vm,
      String trigger,
      Optional<byte[]> nonce,
      long sequence,
      Optional<Digest> previous,
      boolean keepSnapshot,
      Optional<Digest> compareWith) {
    this(vm, trigger, nonce, sequence, previous, keepSnapshot, compareWith, DEFAULT_MAX_PAUSE);
  }

  /** Whether a limit of the pause is within the bounds. */
  public static boolean isPauseAllowed(Duration maxPause) {
    return maxPause.compareTo(Duration.ofMillis(LEAST_PAUSE_MILLIS)) >= 0
        && maxPause.compareTo(Duration.ofMillis(MOST_PAUSE_MILLIS)) <= 0;
  }
}
