// SPDX-License-Identifier: Apache-2.0
/** What is put into the server to be measured: it sends reports, and notes when each is durable. */
@NullMarked
package io.vmattest.benchmarks.ledger.load;

import org.jspecify.annotations.NullMarked;
