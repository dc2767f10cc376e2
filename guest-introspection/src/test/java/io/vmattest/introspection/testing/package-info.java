// SPDX-License-Identifier: Apache-2.0
/** Guests for tests: made up in memory, and real ones under QEMU. */
@NullMarked
package io.vmattest.introspection.testing;

import org.jspecify.annotations.NullMarked;
