// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.report.Digest;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * What the ledger says of a VM at the moment.
 *
 * @param lastSequence of its last appended report
 * @param verdict the last one given; empty if none was since it went overdue, or at all
 */
public record VmState(
    UUID vm,
    String name,
    long lastSequence,
    Digest lastDigest,
    Instant lastIssuedAt,
    Optional<Verdict> verdict) {}
