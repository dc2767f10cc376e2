// SPDX-License-Identifier: Apache-2.0
package io.vmattest.benchmarks.ledger;

import com.upokecenter.cbor.CBORObject;
import io.vmattest.core.cose.Es256;
import io.vmattest.core.evidence.Enrolment;
import io.vmattest.core.evidence.KeyEvidence;
import io.vmattest.core.report.AttestationReport.Device;
import io.vmattest.core.report.AttestationReport.RamBlock;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.testing.ReportMaker;
import io.vmattest.core.testing.StandInTpm;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Reports of many VMs, one host's: as large as those of a small guest are (33 devices, 108
 * registers, 12 components), without a document of what was seen inside. The key is in memory and
 * vouched for by an authority made for it, for no TPM signs as fast as a ledger takes.
 */
final class MadeReports {
  private static final int REGISTERS = 100;
  private static final int DEVICES = 33;
  private static final int RAM_BLOCKS = 6;
  private static final String[] HOST_COMPONENTS = {
    "guest",
    "kernel/idt",
    "kernel/modules",
    "kernel/rodata",
    "kernel/syscalls",
    "kernel/text",
    "processes"
  };
  private static final CBORObject HOST_CLAIMS = CBORObject.FromObject(-70001);

  private final StandInTpm tpm = new StandInTpm();
  private final byte[] evidence = tpm.encodedEvidence();
  private final Digest evidenceDigest = Digest.sha256(evidence);
  private final byte[] enrolment;

  /** Enrolled by this key. */
  MadeReports(PrivateKey enroller, X509Certificate certificate) throws Exception {
    enrolment =
        Enrolment.issue(
            KeyEvidence.parse(evidence), Instant.now(), certificate, Es256.signer(enroller));
  }

  X509Certificate root() {
    return tpm.root.certificate();
  }

  /** A VM's configuration, as large as a small guest's. */
  static String config(UUID vm) {
    StringBuilder text =
        new StringBuilder("<domain type=\"kvm\"><uuid>").append(vm).append("</uuid>");
    for (int i = 0; i < 40; i++) {
      text.append("<device index=\"")
          .append(i)
          .append("\" model=\"virtio\"><address bus=\"0\"/></device>");
    }
    return text.append("</domain>").toString();
  }

  SignedReport report(UUID vm, long sequence, Optional<Digest> previous) throws Exception {
    ReportMaker maker = new ReportMaker();
    maker.sequence = sequence;
    fill(maker);
    maker.hostComponents.put("config", config(vm).getBytes(StandardCharsets.UTF_8));
    for (String name : HOST_COMPONENTS) {
      maker.hostComponents.put(name, name.getBytes(StandardCharsets.UTF_8));
    }
    maker.hostComponents.remove("guest");
    CBORObject claims = maker.claims();
    CBORObject host = claims.get(HOST_CLAIMS);
    host.Set(1, CBORObject.FromObject(bytes(vm)));
    previous.ifPresent(digest -> host.Add(7, digest.bytes()));
    byte[] signed = ReportMaker.sign(tpm, claims, evidence, evidenceDigest).encoded();
    return SignedReport.parse(signed).withEnrolment(enrolment);
  }

  private static void fill(ReportMaker maker) {
    Map<String, byte[]> registers = maker.vcpus.get(0);
    for (int i = 0; i < REGISTERS; i++) {
      registers.put("R" + i, ReportMaker.u64(i));
    }
    for (int i = maker.devices.size(); i < DEVICES; i++) {
      maker.devices.add(
          new Device("0000:00:%02x.0/virtio".formatted(i), 0, 1, digest("device", i)));
    }
    for (int i = maker.ramBlocks.size(); i < RAM_BLOCKS; i++) {
      maker.ramBlocks.add(new RamBlock("block" + i, 0x10000, digest("block", i)));
    }
    maker.devices.sort(Comparator.comparing(Device::section));
    maker.ramBlocks.sort(Comparator.comparing(RamBlock::name));
  }

  private static Digest digest(String kind, int number) {
    return ReportMaker.digest(kind + number);
  }

  private static byte[] bytes(UUID id) {
    return ByteBuffer.allocate(16)
        .putLong(id.getMostSignificantBits())
        .putLong(id.getLeastSignificantBits())
        .array();
  }
}
