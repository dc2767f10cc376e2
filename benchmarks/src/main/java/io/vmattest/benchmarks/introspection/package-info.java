// SPDX-License-Identifier: Apache-2.0
/** What {@code bin/bench introspection} runs. */
@NullMarked
package io.vmattest.benchmarks.introspection;

import org.jspecify.annotations.NullMarked;
