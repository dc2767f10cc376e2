// SPDX-License-Identifier: Apache-2.0
/** COSE_Sign1 (RFC 9052) over deterministic CBOR. */
@NullMarked
package io.vmattest.core.cose;

import org.jspecify.annotations.NullMarked;
