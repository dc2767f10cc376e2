// SPDX-License-Identifier: Apache-2.0
/** What is printed, and where. */
@NullMarked
package io.vmattest.cli.output;

import org.jspecify.annotations.NullMarked;
