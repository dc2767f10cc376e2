// SPDX-License-Identifier: Apache-2.0
/** What can go wrong in a way that the caller can act on. */
@NullMarked
package io.vmattest.server.problem;

import org.jspecify.annotations.NullMarked;
