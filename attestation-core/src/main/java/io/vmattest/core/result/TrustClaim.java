// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.result;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a trustworthiness claim is about (draft-ietf-rats-ar4si, 2.3.4 and 3.1). */
public enum TrustClaim {
  INSTANCE_IDENTITY,
  CONFIGURATION,
  EXECUTABLES,
  FILE_SYSTEM,
  HARDWARE,
  RUNTIME_OPAQUE,
  STORAGE_OPAQUE,
  SOURCED_DATA;

  /** Its label in CBOR. */
  public int label() {
    return ordinal();
  }

  static Optional<TrustClaim> ofLabel(long label) {
    return Arrays.stream(values()).filter(claim -> claim.label() == label).findFirst();
  }

  /** Its name in JSON. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
