// SPDX-License-Identifier: Apache-2.0
/** The store of snapshots: RAM, devices, disks and the report that attests them. */
@NullMarked
package io.vmattest.hypervisor.snapshots;

import org.jspecify.annotations.NullMarked;
