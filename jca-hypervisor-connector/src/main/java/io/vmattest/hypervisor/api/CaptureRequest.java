// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.api;

import io.vmattest.core.report.Digest;
import java.util.Optional;
import java.util.UUID;

/**
 * What to capture and what the report shall say of it.
 *
 * @param trigger as in the report: timer, request, verification, rollback, suspect, event
 * @param nonce 8 to 64 bytes
 * @param sequence the report's number among this VM's reports
 * @param previous digest of this VM's previous report
 * @param keepSnapshot write RAM and devices to the store and freeze the disks in the same pause
 * @param compareWith a snapshot whose pages are compared with the captured ones
 */
public record CaptureRequest(
    UUID vm,
    String trigger,
    Optional<byte[]> nonce,
    long sequence,
    Optional<Digest> previous,
    boolean keepSnapshot,
    Optional<Digest> compareWith) {}
