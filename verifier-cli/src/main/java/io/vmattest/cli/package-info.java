// SPDX-License-Identifier: Apache-2.0
/** The vmattest command. */
@NullMarked
package io.vmattest.cli;

import org.jspecify.annotations.NullMarked;
