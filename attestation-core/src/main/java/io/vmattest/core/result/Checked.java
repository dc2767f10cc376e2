// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.result;

import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a verdict rests on: of nothing else does a result assert anything.
 *
 * @param evidence whether there is a fresh report whose signature, key evidence and enrolment hold
 * @param hardwareTpm whether its key lives in a TPM of its own, and not in a program's
 * @param components names of those that were compared with the Baseline's
 * @param kernelCode whether the code of the guest's kernel was compared with Reference Values
 */
public record Checked(
    boolean evidence, boolean hardwareTpm, Set<String> components, boolean kernelCode) {
  /** There is no fresh report. */
  public static final Checked NOTHING = new Checked(false, false, Set.of(), false);

  public Checked {
    components = Collections.unmodifiableSet(new TreeSet<>(components));
  }
}
