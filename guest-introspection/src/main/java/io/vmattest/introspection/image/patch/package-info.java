// SPDX-License-Identifier: Apache-2.0
/** The places where a kernel rewrites its own text, and what it may write there. */
@NullMarked
package io.vmattest.introspection.image.patch;

import org.jspecify.annotations.NullMarked;
