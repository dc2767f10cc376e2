// SPDX-License-Identifier: Apache-2.0
/** How many reports a second become durable entries, and what appraising one costs. */
@NullMarked
package io.vmattest.benchmarks.ledger;

import org.jspecify.annotations.NullMarked;
