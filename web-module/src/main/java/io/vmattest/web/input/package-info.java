// SPDX-License-Identifier: Apache-2.0
/** Strict reading of what clients send. */
@NullMarked
package io.vmattest.web.input;

import org.jspecify.annotations.NullMarked;
