// SPDX-License-Identifier: Apache-2.0
/** Whether a signed report holds: its signature, its key's evidence, its digests. */
@NullMarked
package io.vmattest.core.verification;

import org.jspecify.annotations.NullMarked;
