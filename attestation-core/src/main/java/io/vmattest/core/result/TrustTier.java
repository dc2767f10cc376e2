// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.result;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** A trustworthiness tier (draft-ietf-rats-ar4si, 3.2), from the most trust to the least. */
public enum TrustTier {
  AFFIRMING(2),
  /** No conclusion. */
  NONE(0),
  WARNING(32),
  CONTRAINDICATED(96);

  private final int code;

  TrustTier(int code) {
    this.code = code;
  }

  /** As it is encoded. */
  public int code() {
    return code;
  }

  public static Optional<TrustTier> ofCode(long code) {
    return Arrays.stream(values()).filter(tier -> tier.code == code).findFirst();
  }

  /** The tier that a trustworthiness claim's value lies in (2.3.2). */
  public static TrustTier ofClaim(int value) {
    if (value >= -1 && value <= 1) {
      return NONE;
    }
    if (value >= -32 && value <= 31) {
      return AFFIRMING;
    }
    return value >= -96 && value <= 95 ? WARNING : CONTRAINDICATED;
  }

  /** Whichever of both is of less trust. */
  public TrustTier orWorse(TrustTier other) {
    return compareTo(other) >= 0 ? this : other;
  }

  /** As JSON has it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
