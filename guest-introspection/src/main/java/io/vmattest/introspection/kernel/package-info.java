// SPDX-License-Identifier: Apache-2.0
/**
 * The guest's Linux kernel: where it lies, its symbols and its types, told by itself and proven.
 */
@NullMarked
package io.vmattest.introspection.kernel;

import org.jspecify.annotations.NullMarked;
