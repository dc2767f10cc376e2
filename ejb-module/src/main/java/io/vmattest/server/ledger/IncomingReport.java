// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

/**
 * A report on its way into the ledger, not yet checked.
 *
 * @param cose the signed report
 * @param canonicalConfig the XML that component config is the digest of
 * @param snapshotKept whether the host's store holds its snapshot
 */
public record IncomingReport(byte[] cose, String canonicalConfig, boolean snapshotKept) {}
