// SPDX-License-Identifier: Apache-2.0
/**
 * Signed Attestation Results: EAR (draft-ietf-rats-ear-04) with the trustworthiness vector of
 * draft-ietf-rats-ar4si, as CWT. docs/result-format.cddl is the definition.
 */
@NullMarked
package io.vmattest.core.result;

import org.jspecify.annotations.NullMarked;
