// SPDX-License-Identifier: Apache-2.0
/** Structures of the TPM 2.0 Library specification, part 2, as they lie in evidence. */
@NullMarked
package io.vmattest.core.evidence.tpm;

import org.jspecify.annotations.NullMarked;
