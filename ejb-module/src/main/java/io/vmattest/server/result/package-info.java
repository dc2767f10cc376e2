// SPDX-License-Identifier: Apache-2.0
/** Verdicts as signed Attestation Results. */
@NullMarked
package io.vmattest.server.result;

import org.jspecify.annotations.NullMarked;
