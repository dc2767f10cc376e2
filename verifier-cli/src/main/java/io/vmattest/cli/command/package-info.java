// SPDX-License-Identifier: Apache-2.0
/** One class a subcommand. */
@NullMarked
package io.vmattest.cli.command;

import org.jspecify.annotations.NullMarked;
