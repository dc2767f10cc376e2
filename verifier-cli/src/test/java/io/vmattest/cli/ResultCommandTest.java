// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.cose.Es256;
import io.vmattest.core.report.Digest;
import io.vmattest.core.result.AttestationResult;
import io.vmattest.core.result.Checked;
import io.vmattest.core.result.ResultKeys;
import io.vmattest.core.result.SignedResult;
import io.vmattest.core.result.VerifierId;
import io.vmattest.core.result.VmResult;
import io.vmattest.core.result.VmResult.ReportName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultCommandTest {
  private static final UUID VM = UUID.fromString("0d9f6f5a-0f0c-4d3a-9b1e-6a4b8f0e2c11");
  private static final Digest DIGEST = Digest.sha256(new byte[] {1});
  private static final Instant AT = Instant.parse("2026-03-01T12:00:00Z");

  @TempDir Path folder;
  private final KeyPair old = pair();
  private final KeyPair now = pair();

  @BeforeEach
  void writeKeys() throws Exception {
    Files.writeString(
        folder.resolve("keys.pem"), ResultKeys.of(List.of(old.getPublic(), now.getPublic())).pem());
    write(Verdict.VERIFIED, now);
  }

  @Test
  void aResultThatTheVerifierSignedEndsWith0AndIsShown() {
    CommandRun run = verify("--vm", VM.toString(), "--affirming");
    assertEquals(0, run.exitCode(), run.toString());
    assertTrue(run.out().contains("VERIFIED (affirming) of virtual machine " + VM), run.out());
    assertTrue(run.out().contains("GENUINE"), run.out());
    assertEquals("", run.err());
  }

  @Test
  void anOldKeyStillVerifiesAnOldResult() throws Exception {
    write(Verdict.VERIFIED, old);
    assertEquals(0, verify().exitCode());
  }

  @Test
  void aBadResultIsGenuineAllTheSameButNotAffirming() throws Exception {
    write(Verdict.OVERDUE, now);
    assertEquals(0, verify().exitCode());
    CommandRun run = verify("--affirming");
    assertEquals(1, run.exitCode());
    assertTrue(run.out().contains("NOT AFFIRMING"), run.out());
  }

  @Test
  void anotherVerifiersResultEndsWith1AndSaysSo() throws Exception {
    write(Verdict.VERIFIED, pair());
    CommandRun run = verify("--json");
    assertEquals(1, run.exitCode());
    assertEquals("UNKNOWN_KEY", run.json().getString("reason"));
  }

  @Test
  void aResultThatWasChangedEndsWith1() throws Exception {
    Path file = folder.resolve("result.cose");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
    CommandRun run = verify("--json");
    assertEquals(1, run.exitCode());
    assertEquals("SIGNATURE", run.json().getString("reason"));
    Files.write(file, new byte[] {1, 2, 3});
    assertEquals("MALFORMED", verify("--json").json().getString("reason"));
  }

  @Test
  void aResultAboutAnotherVmEndsWith1() {
    CommandRun run = verify("--json", "--vm", new UUID(1, 2).toString());
    assertEquals(1, run.exitCode());
    assertEquals("OTHER_VM", run.json().getString("reason"));
  }

  @Test
  void withoutKeyOrWithAFileThatHoldsNoneNothingIsSaid() throws Exception {
    assertEquals(2, run("result", "verify", folder.resolve("result.cose").toString()).exitCode());
    Files.writeString(folder.resolve("keys.pem"), "none");
    assertEquals(3, verify().exitCode());
  }

  @Test
  void jsonSaysAllThatTheResultSays() {
    CommandRun run = verify("--json");
    assertTrue(run.json().getBoolean("genuine"));
    assertEquals("affirming", run.json().getString("status"));
    assertEquals(2, run.json().getJsonObject("trustworthiness").getInt("configuration"));
    assertEquals(7, run.json().getInt("sequence"));
  }

  private CommandRun verify(String... more) {
    List<String> args =
        new ArrayList<>(List.of("result", "verify", folder.resolve("result.cose").toString()));
    args.addAll(List.of("--result-key", folder.resolve("keys.pem").toString()));
    args.addAll(List.of(more));
    return run(args.toArray(String[]::new));
  }

  private CommandRun run(String... args) {
    return CommandRun.of(Map.of("HOME", folder.toString()), args);
  }

  private void write(Verdict verdict, KeyPair key) throws Exception {
    boolean concludes = verdict == Verdict.VERIFIED;
    VmResult vm =
        new VmResult(
            UUID.randomUUID(),
            VM,
            verdict,
            AT,
            "why",
            concludes ? Optional.of(DIGEST) : Optional.empty(),
            concludes ? Optional.of(new ReportName(DIGEST, 7)) : Optional.empty(),
            List.of("config"),
            0,
            0,
            List.of());
    AttestationResult result =
        AttestationResult.of(
            AT,
            new VerifierId("d", "b"),
            new Checked(concludes, false, Set.of("config"), false),
            List.of(),
            List.of(),
            vm);
    Files.write(
        folder.resolve("result.cose"),
        SignedResult.sign(result, key.getPublic(), Es256.signer(key.getPrivate())).encoded());
  }

  private static KeyPair pair() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
