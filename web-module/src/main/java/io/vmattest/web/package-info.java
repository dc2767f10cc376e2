// SPDX-License-Identifier: Apache-2.0
/** The REST application. */
@NullMarked
package io.vmattest.web;

import org.jspecify.annotations.NullMarked;
