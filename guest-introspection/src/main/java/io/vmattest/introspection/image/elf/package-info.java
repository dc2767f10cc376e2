// SPDX-License-Identifier: Apache-2.0
/** ELF files, read within their bounds. */
@NullMarked
package io.vmattest.introspection.image.elf;

import org.jspecify.annotations.NullMarked;
