// SPDX-License-Identifier: Apache-2.0
/** A kernel image: out of its bzImage, with its relocations and its symbols. */
@NullMarked
package io.vmattest.introspection.image.vmlinux;

import org.jspecify.annotations.NullMarked;
