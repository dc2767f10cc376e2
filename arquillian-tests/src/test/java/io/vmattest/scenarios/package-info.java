// SPDX-License-Identifier: Apache-2.0
/** Scenarios in the assembled server, seen from outside. */
@NullMarked
package io.vmattest.scenarios;

import org.jspecify.annotations.NullMarked;
