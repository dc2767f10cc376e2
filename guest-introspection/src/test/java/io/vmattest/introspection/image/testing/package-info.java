// SPDX-License-Identifier: Apache-2.0
/** What the tests of images are made of. */
@NullMarked
package io.vmattest.introspection.image.testing;

import org.jspecify.annotations.NullMarked;
