// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.guest.GuestDocument;
import io.vmattest.core.report.Digest;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A report on its way into the ledger, not yet checked.
 *
 * @param cose the signed report
 * @param canonicalConfig the XML that component config is the digest of
 * @param guest what component guest is the digest of; empty if nobody looked into the guest
 * @param snapshotKept whether the host's store holds its snapshot
 */
public record IncomingReport(
    byte[] cose, String canonicalConfig, Optional<GuestDocument> guest, boolean snapshotKept) {
  /** Of the configuration, as component config has it. */
  Digest configDigest() {
    return Digest.sha256(canonicalConfig.getBytes(StandardCharsets.UTF_8));
  }
}
