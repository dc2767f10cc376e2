// SPDX-License-Identifier: Apache-2.0
/** Whether libvirt knows the images that QEMU writes, and what is done where it does not. */
@NullMarked
package io.vmattest.hypervisor.blocks;

import org.jspecify.annotations.NullMarked;
