// SPDX-License-Identifier: Apache-2.0
/** How all modules come by JSON. */
@NullMarked
package io.vmattest.core.json;

import org.jspecify.annotations.NullMarked;
