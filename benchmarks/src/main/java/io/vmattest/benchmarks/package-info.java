// SPDX-License-Identifier: Apache-2.0
/** How fast the parts are on which a report's way depends. */
@NullMarked
package io.vmattest.benchmarks;

import org.jspecify.annotations.NullMarked;
