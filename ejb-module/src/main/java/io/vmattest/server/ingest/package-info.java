// SPDX-License-Identifier: Apache-2.0
/**
 * The way of signed reports from the queue to the ledger: in batches, in their order, none lost.
 */
@NullMarked
package io.vmattest.server.ingest;

import org.jspecify.annotations.NullMarked;
