// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.guest.GuestDocument;
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
    byte[] cose, String canonicalConfig, Optional<GuestDocument> guest, boolean snapshotKept) {}
