// SPDX-License-Identifier: Apache-2.0
/** The keys that nobody can take away, in a token behind PKCS#11. */
@NullMarked
package io.vmattest.server.hsm;

import org.jspecify.annotations.NullMarked;
