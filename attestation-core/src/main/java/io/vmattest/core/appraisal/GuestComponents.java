// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import io.vmattest.core.guest.GuestDocument;
import java.util.Set;

/** The components of a report that are read out of the guest's memory. */
public final class GuestComponents {
  /** Their names. */
  public static final Set<String> NAMES =
      Set.of(
          GuestDocument.COMPONENT,
          GuestDiscrepancies.PROCESSES,
          GuestDiscrepancies.TEXT,
          GuestDiscrepancies.MODULES,
          "kernel/rodata",
          "kernel/syscalls",
          "kernel/idt");

  private GuestComponents() {}

  static boolean isOne(String name) {
    return NAMES.contains(name);
  }
}
