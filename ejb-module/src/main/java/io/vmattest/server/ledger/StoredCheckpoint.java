// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import java.time.Instant;

/**
 * A checkpoint as it is stored; whoever reads it verifies it.
 *
 * @param size of its tree
 * @param at when it was made, to the millisecond
 * @param note signed by the log and by those witnesses that cosigned it
 */
public record StoredCheckpoint(long size, Instant at, String note) {}
