// SPDX-License-Identifier: Apache-2.0
/** Putting a guest back to a snapshot, as a branch of a transaction. */
@NullMarked
package io.vmattest.hypervisor.rollback;

import org.jspecify.annotations.NullMarked;
