// SPDX-License-Identifier: Apache-2.0
/** Has witnesses cosign the ledger's checkpoints (C2SP tlog-witness). */
@NullMarked
package io.vmattest.server.witness;

import org.jspecify.annotations.NullMarked;
