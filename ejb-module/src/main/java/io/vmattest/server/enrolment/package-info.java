// SPDX-License-Identifier: Apache-2.0
/**
 * Makes sure that the attestation key lives in the TPM that it claims, and says so under the
 * server's key.
 */
@NullMarked
package io.vmattest.server.enrolment;

import org.jspecify.annotations.NullMarked;
