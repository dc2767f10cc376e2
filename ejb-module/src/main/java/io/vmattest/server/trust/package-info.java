// SPDX-License-Identifier: Apache-2.0
/** Whom the server believes, and the key by which it enrols. */
@NullMarked
package io.vmattest.server.trust;

import org.jspecify.annotations.NullMarked;
