// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import java.util.OptionalInt;

/**
 * When the guest writes faster than the stream drains, a longer pause is allowed, step by step. A
 * step is taken when a pass over the dirty pages ends and the next begins too often.
 */
final class StepwiseConvergence implements Convergence {
  /** Milliseconds of pause that are allowed, in this order. */
  private static final int[] STEPS = {5, 10, 20, 50, 100};

  /** Passes over dirty pages that one step is given. */
  private static final long PASSES = 25;

  private int step;
  private long stepBegan = 1;

  @Override
  public int firstMillis() {
    return STEPS[0];
  }

  @Override
  public OptionalInt raise(long passes) {
    if (passes - stepBegan < PASSES || step == STEPS.length - 1) {
      return OptionalInt.empty();
    }
    step++;
    stepBegan = passes;
    return OptionalInt.of(STEPS[step]);
  }

  @Override
  public boolean isHopeless(long passes) {
    return step == STEPS.length - 1 && passes - stepBegan >= PASSES;
  }
}
