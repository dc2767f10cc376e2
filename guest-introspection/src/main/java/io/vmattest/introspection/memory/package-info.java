// SPDX-License-Identifier: Apache-2.0
/** A guest's physical memory, where it is kept, and its virtual addresses. */
@NullMarked
package io.vmattest.introspection.memory;

import org.jspecify.annotations.NullMarked;
