// SPDX-License-Identifier: Apache-2.0
/** The ledger as a log that is checked without its server: proofs, and exported folders. */
@NullMarked
package io.vmattest.cli.log;

import org.jspecify.annotations.NullMarked;
