// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.result;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vmattest.core.appraisal.Discrepancy;
import io.vmattest.core.appraisal.Severity;
import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.guest.PageProof;
import io.vmattest.core.merkle.InclusionProof;
import io.vmattest.core.report.Digest;
import io.vmattest.core.result.VmResult.ReportName;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;

/** Results, and the one of the file golden.cose.b64, that tests sign. */
final class TestResults {
  static final UUID VM = UUID.fromString("0d9f6f5a-0f0c-4d3a-9b1e-6a4b8f0e2c11");

  private TestResults() {}

  static Discrepancy discrepancy(String component, Severity severity, String subject) {
    return new Discrepancy(
        component,
        severity,
        subject,
        Optional.empty(),
        OptionalLong.empty(),
        OptionalLong.empty(),
        OptionalLong.empty(),
        OptionalLong.empty(),
        Optional.empty(),
        "a",
        "b",
        "It differs.");
  }

  static VmResult withDiscrepancies(List<Discrepancy> discrepancies) {
    VmResult vm = goldenResult().vm();
    return new VmResult(
        vm.id(),
        vm.vm(),
        vm.verdict(),
        vm.at(),
        vm.reason(),
        vm.baseline(),
        vm.report(),
        vm.components(),
        vm.differingPages(),
        discrepancies.size(),
        discrepancies);
  }

  static AttestationResult result(VmResult vm) {
    return AttestationResult.of(
        Instant.ofEpochSecond(1_772_366_400),
        new VerifierId("vmattest.io", "VM Attest 0.1.0"),
        new Checked(true, false, Set.of("config", "cpu/control"), true),
        vm.discrepancies(),
        List.of(AttestationResult.policyId(digest("policy"))),
        vm);
  }

  static AttestationResult goldenResult() {
    Discrepancy hooked =
        new Discrepancy(
            "kernel/syscalls",
            Severity.CRITICAL,
            "sys_kill",
            Optional.empty(),
            OptionalLong.empty(),
            OptionalLong.of(0x1234000),
            OptionalLong.of(4096),
            OptionalLong.of(-0x7e000000L),
            Optional.of(
                new PageProof(
                    "pc.ram",
                    digest("leaf"),
                    new InclusionProof(0x1234, 65536, List.of(digest("a"), digest("b"))))),
            "__x64_sys_kill",
            "0xffffffffc0a01000",
            "A system call goes to another function than the kernel's own.");
    VmResult vm =
        new VmResult(
            UUID.fromString("00010203-0405-0607-0809-0a0b0c0d0e0f"),
            VM,
            Verdict.DISCREPANT,
            Instant.ofEpochMilli(1_772_366_400_123L),
            "1 discrepancy: kernel/syscalls sys_kill;",
            Optional.of(digest("baseline")),
            Optional.of(new ReportName(digest("report"), 42)),
            List.of("config", "cpu/control"),
            3,
            1,
            List.of(hooked));
    return new AttestationResult(
        Instant.ofEpochSecond(1_772_366_400),
        new VerifierId("vmattest.io", "VM Attest 0.1.0"),
        TrustTier.CONTRAINDICATED,
        new TrustworthinessVector(
            Map.of(
                TrustClaim.INSTANCE_IDENTITY, 2,
                TrustClaim.CONFIGURATION, 2,
                TrustClaim.EXECUTABLES, 96)),
        List.of(AttestationResult.policyId(digest("policy"))),
        vm);
  }

  static Digest digest(String of) {
    return Digest.sha256(of.getBytes(UTF_8));
  }

  static KeyPair pair(String curve) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(curve));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
