// SPDX-License-Identifier: Apache-2.0
/** Paused clones of snapshots for debuggers, cut off from everything outside. */
@NullMarked
package io.vmattest.hypervisor.clones;

import org.jspecify.annotations.NullMarked;
