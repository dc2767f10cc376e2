// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.cores;

import io.vmattest.core.report.MeasuredClaims;
import io.vmattest.introspection.core.CoreRegisters;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The registers of measured claims as a core has them. */
final class VcpuValues {
  private VcpuValues() {}

  static List<CoreRegisters> of(MeasuredClaims claims) {
    return claims.vcpus().stream().map(VcpuValues::vcpu).toList();
  }

  /** A core has no room for what is wider than 64 bits. */
  private static CoreRegisters vcpu(Map<String, byte[]> measured) {
    Map<String, Long> values = new HashMap<>();
    measured.forEach(
        (name, value) -> {
          if (value.length <= Long.BYTES) {
            values.put(name, new BigInteger(1, value).longValue());
          }
        });
    return new CoreRegisters(values);
  }
}
