// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import java.util.Set;

/**
 * What may not happen inside a guest. Whatever is CRITICAL in itself, such as patched code or a
 * hidden task, is a discrepancy under every policy.
 *
 * @param forbidden changes since the Baseline, and activities
 * @param executables programs that may run, each as {@link ExecutableRule} reads it; empty if any
 *     may
 */
public record GuestPolicy(Set<Forbidden> forbidden, Set<String> executables) {
  /** A process that rises without another program having been started in it is under attack. */
  public static final GuestPolicy DEFAULT = new GuestPolicy(Set.of(Forbidden.PRIVILEGES), Set.of());

  /** What a policy can forbid. */
  public enum Forbidden {
    /** A process has a user identifier of root or a capability that it did not have. */
    PRIVILEGES,
    /** A module is loaded that was not. */
    MODULES,
    /** A socket listens where none did. */
    LISTENERS,
    /** Functions of the kernel are traced or probed. */
    TRACING
  }

  public GuestPolicy {
    forbidden = Set.copyOf(forbidden);
    executables = Set.copyOf(executables);
  }

  boolean forbids(Forbidden what) {
    return forbidden.contains(what);
  }
}
