// SPDX-License-Identifier: Apache-2.0
/** Options, environment and configuration file. */
@NullMarked
package io.vmattest.cli.settings;

import org.jspecify.annotations.NullMarked;
