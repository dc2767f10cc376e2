// SPDX-License-Identifier: Apache-2.0
/** Encrypts what reports and guests' documents say, by data keys that the HSM wraps. */
@NullMarked
package io.vmattest.server.bodies;

import org.jspecify.annotations.NullMarked;
