// SPDX-License-Identifier: Apache-2.0
/** What tests need to make reports of their own: stand-ins, where genuine ones cannot be broken. */
@NullMarked
package io.vmattest.core.testing;

import org.jspecify.annotations.NullMarked;
