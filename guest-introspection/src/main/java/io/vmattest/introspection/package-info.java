// SPDX-License-Identifier: Apache-2.0
/** Reading a guest's kernel from its physical memory. */
@NullMarked
package io.vmattest.introspection;

import org.jspecify.annotations.NullMarked;
