// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.api;

import io.vmattest.core.appraisal.PageDifferences;
import io.vmattest.core.guest.GuestDocument;
import java.util.Optional;

/**
 * A signed report, and what lies beside it on the host.
 *
 * @param signedReport COSE_Sign1 bytes
 * @param canonicalConfig the XML that component config is the digest of
 * @param guest what was seen inside the guest; empty if nobody looked
 * @param differences pages that differ from the snapshot asked for; empty if none was asked for
 * @param snapshotKept whether the store holds its snapshot
 */
public record CaptureResult(
    byte[] signedReport,
    String canonicalConfig,
    Optional<GuestDocument> guest,
    Optional<PageDifferences> differences,
    boolean snapshotKept) {}
