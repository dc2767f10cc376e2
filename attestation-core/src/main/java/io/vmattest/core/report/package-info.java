// SPDX-License-Identifier: Apache-2.0
/** The attestation report: its claims, and how they stand in CBOR. */
@NullMarked
package io.vmattest.core.report;

import org.jspecify.annotations.NullMarked;
