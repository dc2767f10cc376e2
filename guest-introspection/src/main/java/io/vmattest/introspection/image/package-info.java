// SPDX-License-Identifier: Apache-2.0
/** Reference Values from a distribution's own kernel package: images on disk, never memory. */
@NullMarked
package io.vmattest.introspection.image;

import org.jspecify.annotations.NullMarked;
