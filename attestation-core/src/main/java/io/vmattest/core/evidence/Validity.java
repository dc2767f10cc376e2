// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence;

import java.security.cert.X509Certificate;
import java.time.Instant;

/**
 * When certificates are valid (RFC 5280, 4.1.2.5), both ends among it.
 *
 * @param from not before
 * @param until not after
 */
public record Validity(Instant from, Instant until) {
  static Validity of(X509Certificate certificate) {
    return new Validity(
        certificate.getNotBefore().toInstant(), certificate.getNotAfter().toInstant());
  }

  /** When both are. */
  public Validity and(Validity other) {
    return new Validity(
        from.isAfter(other.from) ? from : other.from,
        until.isBefore(other.until) ? until : other.until);
  }

  public boolean contains(Instant at) {
    return !at.isBefore(from) && !at.isAfter(until);
  }
}
