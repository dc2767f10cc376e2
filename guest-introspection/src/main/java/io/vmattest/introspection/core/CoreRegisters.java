// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.core;

import java.util.Map;

/**
 * All registers of one x86-64 vCPU, by the names that reports have them under (RAX, CS.selector,
 * CR3, KERNELGSBASE, ...).
 *
 * @param values of the registers that are known; one that is not is 0 in a core
 */
public record CoreRegisters(Map<String, Long> values) {
  public CoreRegisters {
    values = Map.copyOf(values);
  }

  long get(String name) {
    return values.getOrDefault(name, 0L);
  }
}
