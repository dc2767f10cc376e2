// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.approval;

import java.time.Instant;

/**
 * That a proposal was approved, as the ledger has it.
 *
 * @param index of the entry
 */
public record Approval(long index, Instant at) {}
