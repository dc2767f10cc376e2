// SPDX-License-Identifier: Apache-2.0
/** Cases: rollbacks that ended, verdicts with discrepancies, and each one's bundle of evidence. */
@NullMarked
package io.vmattest.server.cases;

import org.jspecify.annotations.NullMarked;
