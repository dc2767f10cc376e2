// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

/**
 * What a capture accepts before it gives up with a {@link LimitExceededException}.
 *
 * @param ramBytes sum of all RAM blocks
 * @param blocks number of RAM blocks
 * @param tailBytes device sections and their description
 */
public record CaptureLimits(long ramBytes, int blocks, int tailBytes) {
  public CaptureLimits {
    if (ramBytes <= 0 || blocks <= 0 || tailBytes <= 0) {
      throw new IllegalArgumentException("limits must be positive");
    }
  }
}
