// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import java.time.Duration;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * When the guest writes faster than the stream drains, a longer pause is allowed, step by step. A
 * step is taken when a pass over the dirty pages ends and the next begins too often.
 */
final class StepwiseConvergence implements Convergence {
  /** Milliseconds of pause that are allowed, in this order, before the most that may be. */
  private static final int[] STEPS = {5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000};

  /** Passes over dirty pages that one step is given. */
  private static final long PASSES = 25;

  private final int[] steps;
  private int step;
  private long stepBegan = 1;

  /**
   * @param maxPause the last step
   */
  StepwiseConvergence(Duration maxPause) {
    int most = Math.toIntExact(maxPause.toMillis());
    steps =
        IntStream.concat(IntStream.of(STEPS).filter(s -> s < most), IntStream.of(most)).toArray();
  }

  @Override
  public int firstMillis() {
    return steps[0];
  }

  @Override
  public OptionalInt raise(long passes) {
    if (passes - stepBegan < PASSES || step == steps.length - 1) {
      return OptionalInt.empty();
    }
    step++;
    stepBegan = passes;
    return OptionalInt.of(steps[step]);
  }

  @Override
  public boolean isHopeless(long passes) {
    return step == steps.length - 1 && passes - stepBegan >= PASSES;
  }
}
