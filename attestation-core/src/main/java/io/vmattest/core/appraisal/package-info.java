// SPDX-License-Identifier: Apache-2.0
/** Comparing reports under a policy, and what is said of the differences. */
@NullMarked
package io.vmattest.core.appraisal;

import org.jspecify.annotations.NullMarked;
