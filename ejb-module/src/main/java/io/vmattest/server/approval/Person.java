// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.approval;

import io.vmattest.core.report.Digest;

/**
 * Who calls.
 *
 * @param name of the caller's principal
 * @param certificate SHA-256 of the client certificate (DER)
 */
public record Person(String name, Digest certificate) {
  /** One who has two certificates of one name is one, and so are two who share a certificate. */
  public boolean isAnotherThan(Person other) {
    return !name.equals(other.name) && !certificate.equals(other.certificate);
  }
}
