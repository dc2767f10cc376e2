// SPDX-License-Identifier: Apache-2.0
/** The REST API as the command uses it. */
@NullMarked
package io.vmattest.cli.rest;

import org.jspecify.annotations.NullMarked;
