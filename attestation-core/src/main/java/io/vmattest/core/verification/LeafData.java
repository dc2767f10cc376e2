// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.verification;

import io.vmattest.core.cbor.CborWriter;
import io.vmattest.core.report.AttestationReport.Device;
import io.vmattest.core.report.AttestationReport.RamBlock;
import io.vmattest.core.report.StateComponent;

/** Leaf data of a report's trees: deterministic CBOR, as docs/report-format.cddl has it. */
public final class LeafData {
  /** Identifier of SHA-256 (RFC 9054, 2.1). */
  private static final int SHA_256 = -16;

  /** As long as most are. */
  private static final int EXPECTED = 96;

  private LeafData() {}

  public static byte[] of(StateComponent component) {
    return new CborWriter(EXPECTED)
        .array(4)
        .text(component.name())
        .integer(SHA_256)
        .bytes(component.digest().bytes())
        .integer(component.size())
        .encoded();
  }

  public static byte[] of(RamBlock block) {
    return new CborWriter(EXPECTED)
        .array(3)
        .text(block.name())
        .integer(block.length())
        .bytes(block.root().bytes())
        .encoded();
  }

  public static byte[] of(Device device) {
    return new CborWriter(EXPECTED)
        .array(4)
        .text(device.section())
        .integer(device.instance())
        .integer(device.version())
        .bytes(device.digest().bytes())
        .encoded();
  }

  /** A control register of one vCPU. */
  public static byte[] of(int vcpu, String register, byte[] value) {
    return new CborWriter(EXPECTED).array(3).integer(vcpu).text(register).bytes(value).encoded();
  }
}
