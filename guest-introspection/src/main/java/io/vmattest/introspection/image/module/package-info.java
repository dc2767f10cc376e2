// SPDX-License-Identifier: Apache-2.0
/** Modules on disk, laid out and relocated as a kernel has loaded them. */
@NullMarked
package io.vmattest.introspection.image.module;

import org.jspecify.annotations.NullMarked;
