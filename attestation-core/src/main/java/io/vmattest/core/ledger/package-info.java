// SPDX-License-Identifier: Apache-2.0
/** What a ledger entry is and how entries are chained. */
@NullMarked
package io.vmattest.core.ledger;

import org.jspecify.annotations.NullMarked;
