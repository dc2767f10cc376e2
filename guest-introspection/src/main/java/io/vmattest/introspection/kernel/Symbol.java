// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.kernel;

/**
 * A symbol of the kernel.
 *
 * @param type as nm(1) has it; upper case for global ones
 * @param address virtual; per-CPU symbols have small ones, relative to a CPU's area
 */
public record Symbol(String name, char type, long address) {
  public boolean isGlobal() {
    return Character.isUpperCase(type);
  }
}
