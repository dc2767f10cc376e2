// SPDX-License-Identifier: Apache-2.0
/** Backing chains of disks: what of them is needed, and how they are kept short. */
@NullMarked
package io.vmattest.hypervisor.chains;

import org.jspecify.annotations.NullMarked;
