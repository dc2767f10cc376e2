// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.bodies;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vmattest.core.report.Digest;

/**
 * Where a body belongs, and what kind it is: its encryption is bound to that, so that none can be
 * put into another's place.
 *
 * @param name of its place among those of all kinds
 */
public record BodyPlace(String name) {
  /** The body of a REPORT's entry. */
  public static BodyPlace ofEntry(long index) {
    return new BodyPlace("report " + index);
  }

  /** What was seen inside the guest, beside a report. */
  public static BodyPlace ofGuest(Digest report) {
    return new BodyPlace("guest " + report.hex());
  }

  byte[] aad() {
    return ("vmattest body 1 " + name).getBytes(UTF_8);
  }
}
