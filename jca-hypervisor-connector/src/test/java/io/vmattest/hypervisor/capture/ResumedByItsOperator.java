// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;

/** A guest that runs again when its disks have been frozen. */
record ResumedByItsOperator(GuestDomain domain) implements DiskFreeze.Guest {
  @Override
  public long capacity(String target) throws LibvirtFailure {
    return domain.diskCapacity(target);
  }

  @Override
  public void switchToOverlays(String snapshotXml) throws LibvirtFailure {
    domain.resume();
  }
}
