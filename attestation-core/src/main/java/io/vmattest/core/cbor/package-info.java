// SPDX-License-Identifier: Apache-2.0
/** Strict reading of deterministic CBOR (RFC 8949, 4.2.1). */
@NullMarked
package io.vmattest.core.cbor;

import org.jspecify.annotations.NullMarked;
