// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.guest;

import io.vmattest.core.report.MeasuredClaims;
import io.vmattest.introspection.memory.VcpuRegisters;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** The registers of vCPUs as the module measured them: names to big-endian values. */
public final class ClaimedRegisters {
  private ClaimedRegisters() {}

  /** In the order of the vCPUs. */
  public static List<VcpuRegisters> of(MeasuredClaims claims) {
    return claims.vcpus().stream().map(ClaimedRegisters::vcpu).toList();
  }

  private static VcpuRegisters vcpu(Map<String, byte[]> registers) {
    return new VcpuRegisters(
        value(registers, "CR0").orElse(0),
        value(registers, "CR3").orElse(0),
        value(registers, "CR4").orElse(0),
        value(registers, "IDTR.base").orElse(0),
        value(registers, "GS.base").orElse(0),
        value(registers, "KERNELGSBASE"),
        value(registers, "LSTAR"));
  }

  private static OptionalLong value(Map<String, byte[]> registers, String name) {
    byte[] value = registers.get(name);
    return value == null || value.length > Long.BYTES
        ? OptionalLong.empty()
        : OptionalLong.of(new BigInteger(1, value).longValue());
  }
}
