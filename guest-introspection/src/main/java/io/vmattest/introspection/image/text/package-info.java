// SPDX-License-Identifier: Apache-2.0
/** Live kernel text against the text on disk. */
@NullMarked
package io.vmattest.introspection.image.text;

import org.jspecify.annotations.NullMarked;
