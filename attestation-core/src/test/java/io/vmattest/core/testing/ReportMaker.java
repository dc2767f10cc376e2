// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.testing;

import com.upokecenter.cbor.CBORObject;
import io.vmattest.core.cose.CoseSign1;
import io.vmattest.core.merkle.MerkleTree;
import io.vmattest.core.report.AttestationReport.Device;
import io.vmattest.core.report.AttestationReport.RamBlock;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.MalformedReportException;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.report.StateComponent;
import io.vmattest.core.report.StateComponent.Origin;
import io.vmattest.core.verification.LeafData;
import io.vmattest.core.verification.StateRoots;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Makes reports whose digests add up, of parts that a test chooses. What is public may be changed;
 * the claims may be changed once more just before they are signed.
 */
public final class ReportMaker {
  public static final UUID VM = UUID.fromString("0d9f6f5a-0f0c-4d3a-9b1e-6a4b8f0e2c11");
  private static final byte[] NO_BYTES = new byte[0];

  public String mode = "live";
  public String trigger = "request";
  public long sequence = 1;
  public Optional<byte[]> nonce = Optional.empty();
  public String machine = "pc-q35-7.2";
  public List<Map<String, byte[]>> vcpus = new ArrayList<>(List.of(registers()));
  public byte[] otherCpuState = NO_BYTES;
  public List<Device> devices =
      new ArrayList<>(
          List.of(
              new Device("0000:00:1f.2/ich9_ahci", 0, 1, digest("ahci")),
              new Device("serial", 0, 3, digest("serial"))));
  public List<RamBlock> ramBlocks =
      new ArrayList<>(
          List.of(
              new RamBlock("pc.bios", 0x40000, digest("bios")),
              new RamBlock("pc.ram", 0x1000_0000, digest("ram"))));
  public TreeMap<String, byte[]> hostComponents =
      new TreeMap<>(Map.of("config", "<domain/>".getBytes(StandardCharsets.UTF_8)));

  public static Digest digest(String of) {
    return Digest.sha256(of.getBytes(StandardCharsets.UTF_8));
  }

  /** A vCPU with every control register and one more. */
  public static Map<String, byte[]> registers() {
    Map<String, byte[]> registers = new HashMap<>();
    registers.put("CR0", u64(0x8005_0033L));
    registers.put("CR4", u64(0x0030_06f0L));
    registers.put("EFER", u64(0xd01L));
    registers.put("LSTAR", u64(0xffff_ffff_8160_0080L));
    registers.put("IDTR.base", u64(0xffff_fe00_0000_0000L));
    registers.put("IDTR.limit", u64(0xfff));
    registers.put("GDTR.base", u64(0xffff_fe00_0000_1000L));
    registers.put("GDTR.limit", u64(0x7f));
    registers.put("RIP", u64(0xffff_ffff_8100_0000L));
    return registers;
  }

  public static byte[] u64(long value) {
    return ByteBuffer.allocate(8).putLong(value).array();
  }

  /** The claims; a test may change them before they are signed. */
  public CBORObject claims() {
    List<StateComponent> measured = measuredComponents();
    List<StateComponent> all = new ArrayList<>(measured);
    List<StateComponent> host = hostComponents();
    all.addAll(host);
    all.sort(Comparator.comparing(StateComponent::name));
    CBORObject claims =
        CBORObject.NewMap()
            .Add(6, 1_780_000_000L)
            .Add(265, "tag:vmattest.io,2026:report/1")
            .Add(-70000, measuredClaims(measured))
            .Add(-70001, hostClaims(host))
            .Add(-70002, StateRoots.stateHash(all).bytes())
            .Add(-70003, CBORObject.NewArray().Add(5000).Add(3).Add(0).Add(true));
    nonce.ifPresent(bytes -> claims.Add(10, bytes));
    return claims;
  }

  private CBORObject measuredClaims(List<StateComponent> components) {
    CBORObject cpus = CBORObject.NewArray();
    for (Map<String, byte[]> vcpu : vcpus) {
      CBORObject map = CBORObject.NewMap();
      vcpu.forEach(map::Add);
      cpus.Add(map);
    }
    CBORObject sections = CBORObject.NewArray();
    devices.forEach(device -> sections.Add(decode(LeafData.of(device))));
    CBORObject blocks = CBORObject.NewArray();
    ramBlocks.forEach(block -> blocks.Add(decode(LeafData.of(block))));
    return CBORObject.NewMap()
        .Add(1, 1_780_000_000_123L)
        .Add(2, mode)
        .Add(3, mode.equals("live") ? 4200 : 0)
        .Add(4, array(components))
        .Add(5, cpus)
        .Add(6, sections)
        .Add(7, blocks)
        .Add(8, digest("snapshot").bytes())
        .Add(9, machine);
  }

  private CBORObject hostClaims(List<StateComponent> components) {
    return CBORObject.NewMap()
        .Add(
            1,
            ByteBuffer.allocate(16)
                .putLong(VM.getMostSignificantBits())
                .putLong(VM.getLeastSignificantBits())
                .array())
        .Add(2, "guest")
        .Add(3, "host")
        .Add(4, trigger)
        .Add(5, mode.equals("live") ? 5100 : 0)
        .Add(6, sequence)
        .Add(8, array(components));
  }

  private List<StateComponent> measuredComponents() {
    List<byte[]> control = new ArrayList<>();
    List<byte[]> cpu = new ArrayList<>();
    for (int i = 0; i < vcpus.size(); i++) {
      for (String name : StateRoots.CONTROL_REGISTERS) {
        control.add(LeafData.of(i, name, vcpus.get(i).getOrDefault(name, NO_BYTES)));
      }
      new TreeMap<>(vcpus.get(i)).values().forEach(cpu::add);
    }
    cpu.add(otherCpuState);
    long memory = ramBlocks.stream().mapToLong(RamBlock::length).sum();
    return List.of(
        measured("cpu", MerkleTree.rootOfData(cpu), 1000),
        measured("cpu/control", MerkleTree.rootOfData(control), 64),
        measured("devices", MerkleTree.rootOfData(devices.stream().map(LeafData::of).toList()), 9),
        measured(
            "memory",
            MerkleTree.rootOfData(ramBlocks.stream().map(LeafData::of).toList()),
            memory));
  }

  private static StateComponent measured(String name, Digest digest, long size) {
    return new StateComponent(name, digest, size, Origin.MEASURED);
  }

  private List<StateComponent> hostComponents() {
    return hostComponents.entrySet().stream()
        .map(
            e ->
                new StateComponent(
                    e.getKey(), Digest.sha256(e.getValue()), e.getValue().length, Origin.HOST))
        .toList();
  }

  private static CBORObject array(List<StateComponent> components) {
    CBORObject array = CBORObject.NewArray();
    components.forEach(component -> array.Add(decode(LeafData.of(component))));
    return array;
  }

  private static CBORObject decode(byte[] encoded) {
    return CBORObject.DecodeFromBytes(encoded);
  }

  /** Signed by the stand-in, with its evidence. */
  public SignedReport sign(StandInTpm tpm) {
    try {
      return SignedReport.parse(sign(tpm, claims()).encoded());
    } catch (MalformedReportException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Any claims, signed. */
  public static CoseSign1 sign(StandInTpm tpm, CBORObject claims) {
    byte[] evidence = tpm.encodedEvidence();
    return sign(tpm, claims, evidence, Digest.sha256(evidence));
  }

  public static CoseSign1 sign(
      StandInTpm tpm, CBORObject claims, byte[] evidence, Digest keyIdentifier) {
    CBORObject header =
        CBORObject.NewMap()
            .Add(1, -7)
            .Add(3, SignedReport.MEDIA_TYPE)
            .Add(4, keyIdentifier.bytes());
    try {
      return CoseSign1.sign(header.EncodeToBytes(), claims.EncodeToBytes(), tpm.signer())
          .withUnprotected(-70010, evidence);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
