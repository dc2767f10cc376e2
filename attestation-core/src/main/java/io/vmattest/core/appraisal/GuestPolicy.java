// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import java.util.Set;

/**
 * What may not happen inside a guest. Whatever is CRITICAL in itself, such as patched code or a
 * hidden task, is a discrepancy under every policy.
 *
 * @param forbidden changes since the Baseline, and activities
 * @param executables paths of programs that may run; one that ends in * stands for all that begin
 *     so; empty if any may
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

  boolean allows(String executable) {
    return executables.isEmpty()
        || executables.stream().anyMatch(pattern -> matches(pattern, executable));
  }

  private static boolean matches(String pattern, String path) {
    return pattern.endsWith("*")
        ? path.startsWith(pattern.substring(0, pattern.length() - 1))
        : path.equals(pattern);
  }
}
