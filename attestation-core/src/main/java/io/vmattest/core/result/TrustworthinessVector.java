// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.result;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * What was appraised, each aspect with its value from -128 to 127 (draft-ietf-rats-ar4si, 3.1). An
 * aspect that is not there was not appraised.
 *
 * @param claims at least one
 */
public record TrustworthinessVector(Map<TrustClaim, Integer> claims) {
  /** Nothing can be concluded from the evidence. */
  public static final int NO_ASSERTION = 0;

  public TrustworthinessVector {
    if (claims.isEmpty()) {
      throw new IllegalArgumentException("a trustworthiness vector has at least one claim");
    }
    for (int value : claims.values()) {
      if (value < Byte.MIN_VALUE || value > Byte.MAX_VALUE) {
        throw new IllegalArgumentException("a trustworthiness claim has 8 bits, not " + value);
      }
    }
    claims = Collections.unmodifiableMap(new EnumMap<>(claims));
  }

  /** The tier of the worst claim; a claim without assertion counts for none. */
  public TrustTier tier() {
    return claims.values().stream()
        .map(TrustTier::ofClaim)
        .filter(tier -> tier != TrustTier.NONE)
        .reduce(TrustTier::orWorse)
        .orElse(TrustTier.NONE);
  }
}
