// SPDX-License-Identifier: Apache-2.0
/** Puts a VM back to an attested snapshot, in one transaction with its record and its alert. */
@NullMarked
package io.vmattest.server.rollback;

import org.jspecify.annotations.NullMarked;
