// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

/** What the module measured itself: {@code measured-claims} of docs/report-format.cddl. */
public final class MeasuredClaims {
  private final byte[] cbor;

  MeasuredClaims(byte[] cbor) {
    this.cbor = cbor;
  }

  /** The claims as deterministic CBOR. */
  public byte[] cbor() {
    return cbor.clone();
  }
}
