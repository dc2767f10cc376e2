// SPDX-License-Identifier: Apache-2.0
/**
 * The evidence bundle of a rollback or a finding, as docs/case-format.md has it: written, read and
 * verified.
 */
@NullMarked
package io.vmattest.core.bundle;

import org.jspecify.annotations.NullMarked;
