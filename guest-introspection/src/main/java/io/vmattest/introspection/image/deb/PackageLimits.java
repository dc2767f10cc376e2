// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.deb;

/**
 * What a package may cost.
 *
 * @param file bytes of one kernel or module, unpacked
 * @param entries files and folders
 * @param total bytes of the whole package, unpacked
 */
public record PackageLimits(int file, int entries, long total) {
  /** Some times what the largest kernel packages have: 450 MiB in 5,000 files. */
  public static final PackageLimits DEFAULT = new PackageLimits(128 << 20, 50_000, 2L << 30);
}
