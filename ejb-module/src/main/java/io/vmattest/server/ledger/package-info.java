// SPDX-License-Identifier: Apache-2.0
/** The hash-chained record, and the reports that came through the queue into it. */
@NullMarked
package io.vmattest.server.ledger;

import org.jspecify.annotations.NullMarked;
