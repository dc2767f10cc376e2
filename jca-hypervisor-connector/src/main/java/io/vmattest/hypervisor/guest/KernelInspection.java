// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.guest;

import io.vmattest.core.guest.GuestKernel;
import io.vmattest.core.guest.GuestState;
import io.vmattest.introspection.kernel.Kernel;
import io.vmattest.introspection.memory.MalformedGuestException;
import java.util.List;

/** What one capture shows of a kernel that was found. */
final class KernelInspection {
  private final Kernel kernel;

  KernelInspection(Kernel kernel) {
    this.kernel = kernel;
  }

  Inspection inspect() {
    try {
      return GuestInspector.inspection(
          new GuestState.Seen(
              new GuestKernel(
                  kernel.info().osRelease(),
                  kernel.info().buildId(),
                  kernel.info().kernelOffset(),
                  ""),
              List.of(),
              List.of(),
              List.of(),
              List.of(),
              List.of()),
          List.of());
    } catch (MalformedGuestException e) {
      return GuestInspector.inspection(
          new GuestState.Unreadable(e.reason().name(), String.valueOf(e.getMessage())), List.of());
    }
  }
}
