// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.report;

import io.vmattest.core.cbor.CborItem;
import io.vmattest.core.cbor.CborMap;
import io.vmattest.core.cbor.MalformedCborException;
import io.vmattest.core.cbor.StrictCbor;
import io.vmattest.core.report.AttestationReport.Device;
import io.vmattest.core.report.AttestationReport.RamBlock;
import io.vmattest.core.report.StateComponent.Origin;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads {@code measured-claims} of docs/report-format.cddl. */
public final class MeasuredClaimsDecoder {
  private static final long CAPTURED_AT = 1;
  private static final long MODE = 2;
  private static final long SWITCHOVER = 3;
  private static final long COMPONENTS = 4;
  private static final long VCPUS = 5;
  private static final long DEVICES = 6;
  private static final long RAM_BLOCKS = 7;
  private static final long SNAPSHOT = 8;
  private static final long MACHINE = 9;

  /**
   * As many as fit into a report: the registers of one take less than 2 KiB of SignedReport's
   * MAX_SIZE. QEMU's PC machines stop at 288.
   */
  static final int MAX_VCPUS = 512;

  private static final int MAX_DEVICES = 4096;
  private static final int MAX_RAM_BLOCKS = 4096;
  private static final int MAX_REGISTERS = 4096;
  private static final int MAX_REGISTER_SIZE = 4096;
  private static final int MAX_NAME = 255;

  private MeasuredClaimsDecoder() {}

  /** Decodes what the measurement module says before anything is signed. */
  public static MeasuredClaims decode(byte[] encoded) throws MalformedReportException {
    try {
      return read(StrictCbor.decode(encoded, "measured claims", SignedReport.MAX_SIZE));
    } catch (MalformedCborException e) {
      throw new MalformedReportException("These are not measured claims: " + e.getMessage(), e);
    }
  }

  static MeasuredClaims read(CborItem item) throws MalformedCborException {
    CborMap claims =
        item.map()
            .only(
                CAPTURED_AT,
                MODE,
                SWITCHOVER,
                COMPONENTS,
                VCPUS,
                DEVICES,
                RAM_BLOCKS,
                SNAPSHOT,
                MACHINE);
    return new MeasuredClaims(
        claims.get(CAPTURED_AT).epochMilli(),
        readMode(claims.get(MODE)),
        claims.get(SWITCHOVER).uint(),
        Components.read(claims.get(COMPONENTS), 1, Origin.MEASURED),
        readVcpus(claims.get(VCPUS)),
        readDevices(claims.get(DEVICES)),
        readRamBlocks(claims.get(RAM_BLOCKS)),
        readDigest(claims.get(SNAPSHOT)),
        claims.get(MACHINE).text(1, MAX_NAME));
  }

  static Digest readDigest(CborItem item) throws MalformedCborException {
    return Digest.of(item.bytes(Digest.SIZE, Digest.SIZE));
  }

  private static CaptureMode readMode(CborItem item) throws MalformedCborException {
    String claim = item.text(1, MAX_NAME);
    for (CaptureMode mode : CaptureMode.values()) {
      if (mode.claim().equals(claim)) {
        return mode;
      }
    }
    throw item.malformed("is no mode of a capture");
  }

  private static List<Map<String, byte[]>> readVcpus(CborItem item) throws MalformedCborException {
    List<Map<String, byte[]>> vcpus = new ArrayList<>();
    for (CborItem vcpu : item.array(0, MAX_VCPUS)) {
      vcpus.add(readRegisters(vcpu));
    }
    return vcpus;
  }

  private static Map<String, byte[]> readRegisters(CborItem item) throws MalformedCborException {
    CborMap map = item.map();
    if (map.size() < 1 || map.size() > MAX_REGISTERS) {
      throw item.malformed("has " + map.size() + " registers");
    }
    return map.textEntries(MAX_NAME, value -> value.bytes(0, MAX_REGISTER_SIZE));
  }

  private static List<Device> readDevices(CborItem item) throws MalformedCborException {
    List<Device> devices = new ArrayList<>();
    for (CborItem device : item.array(0, MAX_DEVICES)) {
      List<CborItem> fields = device.array(4, 4);
      devices.add(
          new Device(
              fields.get(0).text(1, MAX_NAME),
              fields.get(1).uint(),
              fields.get(2).uint(),
              readDigest(fields.get(3))));
    }
    return devices;
  }

  private static List<RamBlock> readRamBlocks(CborItem item) throws MalformedCborException {
    List<RamBlock> blocks = new ArrayList<>();
    String last = "";
    for (CborItem block : item.array(1, MAX_RAM_BLOCKS)) {
      List<CborItem> fields = block.array(3, 3);
      String name = fields.get(0).text(1, MAX_NAME);
      if (NameOrder.BYTEWISE.compare(last, name) >= 0) {
        throw block.malformed("is not in the order of names");
      }
      blocks.add(new RamBlock(name, fields.get(1).uint(), readDigest(fields.get(2))));
      last = name;
    }
    return blocks;
  }
}
