// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.libvirt.LibvirtFailure;

/** What is done while the module holds the guest, which stands as long as it takes. */
@FunctionalInterface
interface SwitchoverStep {
  void run() throws LibvirtFailure;
}
