// SPDX-License-Identifier: Apache-2.0
/** Health checks of the application's parts. */
@NullMarked
package io.vmattest.health;

import org.jspecify.annotations.NullMarked;
