// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import io.vmattest.server.snapshots.SnapshotCore;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;

/** A core as an answer. Its length is told, so that a client notices where it breaks off. */
final class CoreAnswer {
  private CoreAnswer() {}

  /**
   * @param core closed when the answer is written, or could not be
   */
  static Response of(SnapshotCore core) {
    StreamingOutput written =
        target -> {
          try (core) {
            core.writeTo(target);
          }
        };
    return Response.ok(written, MediaTypes.OCTETS)
        .header(HttpHeaders.CONTENT_LENGTH, core.size())
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .build();
  }
}
