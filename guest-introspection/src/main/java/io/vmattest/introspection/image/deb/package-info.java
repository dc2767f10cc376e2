// SPDX-License-Identifier: Apache-2.0
/** Kernel packages of Debian and its kin. */
@NullMarked
package io.vmattest.introspection.image.deb;

import org.jspecify.annotations.NullMarked;
