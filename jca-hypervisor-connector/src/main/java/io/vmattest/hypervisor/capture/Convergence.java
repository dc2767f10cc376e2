// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import java.time.Duration;
import java.util.OptionalInt;

/**
 * How long QEMU may stop the guest, and how often it may go over the pages that were written to.
 */
sealed interface Convergence permits StepwiseConvergence, SinglePass {
  /** Milliseconds of pause to begin with. */
  int firstMillis();

  /**
   * @param passes dirty-sync-count of query-migrate
   * @return the new limit in milliseconds if it shall be raised
   */
  OptionalInt raise(long passes);

  /** Whether more passes will not help either. */
  boolean isHopeless(long passes);

  /**
   * What the guest's accelerator can be trusted with.
   *
   * @param maxPause what the VM's policy allows
   */
  static Convergence of(Qmp qmp, Duration maxPause) throws LibvirtFailure {
    return qmp.execute("query-kvm").asJsonObject().getBoolean("enabled")
        ? new StepwiseConvergence(maxPause)
        : new SinglePass();
  }
}
