// SPDX-License-Identifier: Apache-2.0
/** A TPM to test with, for this module and others. */
@NullMarked
package io.vmattest.tee.testing;

import org.jspecify.annotations.NullMarked;
