// SPDX-License-Identifier: Apache-2.0
/** Compares the current state with the baseline and says what differs. */
@NullMarked
package io.vmattest.server.verification;

import org.jspecify.annotations.NullMarked;
