// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

/** What becomes of a guest that stands still when it is captured. */
public enum Afterwards {
  /** It is left exactly as it stood. */
  STANDS,
  /** It is resumed, or it is ended, by whoever has it captured. */
  RUNS_OR_ENDS;

  /** Of a guest that runs once more, or not at all, if it ran before whoever asks stopped it. */
  public static Afterwards ofOneThatRan(boolean ran) {
    return ran ? RUNS_OR_ENDS : STANDS;
  }
}
