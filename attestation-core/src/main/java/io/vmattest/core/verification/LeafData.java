// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.verification;

import com.upokecenter.cbor.CBORObject;
import io.vmattest.core.report.AttestationReport.Device;
import io.vmattest.core.report.AttestationReport.RamBlock;
import io.vmattest.core.report.StateComponent;

/** Leaf data of a report's trees: deterministic CBOR, as docs/report-format.cddl has it. */
public final class LeafData {
  /** Identifier of SHA-256 (RFC 9054, 2.1). */
  private static final int SHA_256 = -16;

  private LeafData() {}

  public static byte[] of(StateComponent component) {
    return CBORObject.NewArray()
        .Add(component.name())
        .Add(SHA_256)
        .Add(component.digest().bytes())
        .Add(component.size())
        .EncodeToBytes();
  }

  public static byte[] of(RamBlock block) {
    return CBORObject.NewArray()
        .Add(block.name())
        .Add(block.length())
        .Add(block.root().bytes())
        .EncodeToBytes();
  }

  public static byte[] of(Device device) {
    return CBORObject.NewArray()
        .Add(device.section())
        .Add(device.instance())
        .Add(device.version())
        .Add(device.digest().bytes())
        .EncodeToBytes();
  }

  /** A control register of one vCPU. */
  public static byte[] of(int vcpu, String register, byte[] value) {
    return CBORObject.NewArray().Add(vcpu).Add(register).Add(value).EncodeToBytes();
  }
}
