// SPDX-License-Identifier: Apache-2.0
/** Reference Values of guests' kernels. */
@NullMarked
package io.vmattest.server.kernels;

import org.jspecify.annotations.NullMarked;
