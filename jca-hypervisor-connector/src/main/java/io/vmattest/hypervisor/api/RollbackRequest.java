// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.api;

import io.vmattest.core.report.Digest;
import java.util.Optional;
import java.util.UUID;

/**
 * Puts a VM back to a snapshot.
 *
 * @param attestedReport the signed report whose snapshot it is: what the restored state must equal
 * @param sequence number for the first of the two reports made on the way (suspect, then restored)
 * @param previous digest of this VM's previous report
 */
public record RollbackRequest(
    UUID vm, byte[] attestedReport, long sequence, Optional<Digest> previous) {}
