// SPDX-License-Identifier: Apache-2.0
/** What the scenarios put into the server. */
@NullMarked
package io.vmattest.scenarios.inside;

import org.jspecify.annotations.NullMarked;
