// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.module;

import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * Where a kernel has loaded a module. All addresses are lower than the live ones by the KASLR
 * offset, as if the kernel lay where it was linked; those of per-CPU data are what they are.
 *
 * @param text of the first byte of the module's code
 * @param textSize of all its code, in bytes
 * @param sections the addresses of sections by their names
 * @param exports the addresses of what other modules and the kernel export
 * @param kaslrOffset what live addresses are higher by
 */
public record ModulePlace(
    long text,
    int textSize,
    Map<String, Long> sections,
    Function<String, OptionalLong> exports,
    long kaslrOffset) {
  public ModulePlace {
    sections = Map.copyOf(sections);
  }

  /** The live address; what is not of the kernel's half does not move. */
  long live(long address) {
    return address < 0 ? address + kaslrOffset : address;
  }
}
