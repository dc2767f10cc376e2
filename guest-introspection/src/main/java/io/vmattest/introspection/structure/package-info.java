// SPDX-License-Identifier: Apache-2.0
/** Reads the kernel's structures by its own types, and walks its containers within bounds. */
@NullMarked
package io.vmattest.introspection.structure;

import org.jspecify.annotations.NullMarked;
