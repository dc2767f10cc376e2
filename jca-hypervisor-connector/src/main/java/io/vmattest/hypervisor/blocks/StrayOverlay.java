// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.blocks;

import java.nio.file.Path;

/**
 * An overlay of ours that QEMU writes to, while libvirt believes that the image below it is
 * written. All that the guest has written since is in the overlay alone.
 *
 * @param target the disk's name in the guest's sight
 * @param overlay its file
 * @param node its node in QEMU
 * @param believed the image that libvirt believes to be written
 * @param believedNode that image's node in QEMU
 */
record StrayOverlay(String target, Path overlay, String node, Path believed, String believedNode) {}
