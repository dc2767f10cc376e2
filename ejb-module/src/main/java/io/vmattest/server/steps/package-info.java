// SPDX-License-Identifier: Apache-2.0
/** Records what was done about discrepancies, by whomever. */
@NullMarked
package io.vmattest.server.steps;

import org.jspecify.annotations.NullMarked;
