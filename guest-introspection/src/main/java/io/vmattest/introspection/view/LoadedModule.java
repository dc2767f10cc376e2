// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import java.util.List;

/**
 * A module of the kernel.
 *
 * @param ranges those of its memory that are not empty
 * @param size of all of them, as /proc/modules has it
 * @param listed whether it is in the kernel's list of modules; else it was found elsewhere
 * @param address of its struct module
 */
public record LoadedModule(
    String name,
    ModuleState state,
    List<ModuleRange> ranges,
    long size,
    boolean listed,
    long address) {
  public LoadedModule {
    ranges = List.copyOf(ranges);
  }
}
