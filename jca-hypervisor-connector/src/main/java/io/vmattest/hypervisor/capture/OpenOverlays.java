// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import io.vmattest.hypervisor.snapshots.Overlays;
import java.util.Set;

/**
 * Which overlays of ours QEMU has open, by their marks. QEMU is asked because libvirt may not know:
 * if it ended while it switched disks, it believes that the guest writes to the former image.
 */
public final class OpenOverlays {
  private OpenOverlays() {}

  /** All, at whatever place in a chain. */
  public static Set<String> all(Qmp qmp) throws LibvirtFailure {
    // Whatever the form in which QEMU names its files: a name that appears is in use.
    return Overlays.marksIn(qmp.execute("query-named-block-nodes").toString());
  }
}
