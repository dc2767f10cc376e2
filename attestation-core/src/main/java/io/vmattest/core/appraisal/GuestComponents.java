// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import io.vmattest.core.guest.GuestDocument;
import java.util.Set;

/** The components of a report that are read out of the guest's memory. */
public final class GuestComponents {
  public static final String TEXT = "kernel/text";
  public static final String RODATA = "kernel/rodata";
  public static final String SYSCALLS = "kernel/syscalls";
  public static final String IDT = "kernel/idt";
  public static final String MODULES = "kernel/modules";

  /** The names of all of them. */
  public static final Set<String> NAMES =
      Set.of(
          GuestDocument.COMPONENT, GuestDocument.PROCESSES, TEXT, RODATA, SYSCALLS, IDT, MODULES);

  private GuestComponents() {}

  static boolean isOne(String name) {
    return NAMES.contains(name);
  }
}
