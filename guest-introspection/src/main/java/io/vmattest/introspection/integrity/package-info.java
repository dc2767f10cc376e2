// SPDX-License-Identifier: Apache-2.0
/** Whether a live kernel's code, and what leads to it, is what the kernel's image makes of it. */
@NullMarked
package io.vmattest.introspection.integrity;

import org.jspecify.annotations.NullMarked;
