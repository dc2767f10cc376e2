// SPDX-License-Identifier: Apache-2.0
/** The formats in which kernels and their modules are compressed, with limits. */
@NullMarked
package io.vmattest.introspection.image.compression;

import org.jspecify.annotations.NullMarked;
