// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.cose.Es256;
import io.vmattest.core.evidence.Enrolment;
import io.vmattest.core.evidence.KeyEvidence;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.testing.ReportMaker;
import io.vmattest.core.testing.StandInTpm;
import io.vmattest.core.testing.TestCertificates;
import io.vmattest.core.testing.TestCertificates.Identity;
import jakarta.json.JsonValue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Offline verification, of reports by keys that stand in for a TPM, so that each claim can be
 * broken. GenuineReportTest verifies one that a TPM signed.
 */
class ReportCommandTest {
  private static final byte[] NONCE = {1, 2, 3, 4, 5, 6, 7, 8};
  @TempDir Path folder;
  private final StandInTpm tpm = new StandInTpm();
  private final ReportMaker maker = new ReportMaker();
  private final Identity enroller = TestCertificates.selfSigned("Enroller");
  private Path report = Path.of("");

  @BeforeEach
  void writeFiles() throws Exception {
    PemFiles.certificate(folder.resolve("roots.pem"), tpm.root.certificate());
    PemFiles.certificate(folder.resolve("enroller.pem"), enroller.certificate());
    maker.nonce = Optional.of(NONCE);
    write(enrolled());
  }

  private SignedReport enrolled() throws Exception {
    SignedReport signed = maker.sign(tpm);
    return signed.withEnrolment(
        Enrolment.issue(
            KeyEvidence.parse(signed.keyEvidence().orElseThrow()),
            TestCertificates.VALID_AT,
            enroller.certificate(),
            Es256.signer(enroller.key().getPrivate())));
  }

  private void write(SignedReport signed) throws Exception {
    report = Files.write(folder.resolve("report.cose"), signed.encoded());
  }

  private CommandRun verify(String... more) {
    List<String> args = new ArrayList<>(List.of("report", "verify", report.toString()));
    args.addAll(List.of("--at", TestCertificates.VALID_AT.toString()));
    args.addAll(List.of("--endorsement-root", folder.resolve("roots.pem").toString()));
    args.addAll(List.of("--enroller", folder.resolve("enroller.pem").toString()));
    args.addAll(List.of(more));
    return CommandRun.of(Map.of("HOME", folder.toString()), args.toArray(String[]::new));
  }

  @Test
  void aReportThatHoldsEndsWith0() {
    CommandRun run = verify("--nonce", "0102030405060708");
    assertEquals(0, run.exitCode(), run.toString());
    assertTrue(run.out().contains("VERIFIED"), run.out());
    assertEquals("", run.err());
  }

  @Test
  void theNonceMayBeBase64url() {
    assertEquals(0, verify("--nonce", "AQIDBAUGBwg").exitCode());
  }

  @Test
  void anotherNonceEndsWith1AndSaysSo() {
    CommandRun run = verify("--nonce", "0102030405060709");
    assertEquals(1, run.exitCode());
    assertTrue(run.out().contains("another nonce"), run.out());
  }

  @Test
  void theMachineMustBeTheOneThatIsGiven() {
    CommandRun right = verify("--vm", ReportMaker.VM.toString(), "--json");
    assertEquals(0, right.exitCode(), right.toString());
    assertTrue(
        right.json().getJsonArray("claims").stream()
            .map(JsonValue::asJsonObject)
            .anyMatch(c -> c.getString("subject").equals("VM") && c.getBoolean("required")));
    CommandRun other = verify("--vm", "00000000-0000-0000-0000-000000000001");
    assertEquals(1, other.exitCode());
    assertTrue(other.out().contains("FAILS     The report is about"), other.out());
    assertEquals(2, verify("--vm", "web01").exitCode());
  }

  @Test
  void aSoftwareTpmEndsWith1WhereHardwareIsRequired() throws Exception {
    assertEquals(0, verify().exitCode());
    CommandRun software = verify("--require-hardware-tpm");
    assertEquals(1, software.exitCode());
    assertTrue(software.out().contains("software TPM"), software.out());
    tpm.device = "tpm";
    write(enrolled());
    CommandRun hardware = verify("--require-hardware-tpm", "--json");
    assertEquals(0, hardware.exitCode(), hardware.toString());
    assertEquals("tpm", hardware.json().getString("device"));
  }

  @Test
  void aRootThatIsNoneIsRefusedByName() throws Exception {
    PemFiles.certificate(folder.resolve("roots.pem"), tpm.issuer.certificate());
    CommandRun run = verify();
    assertEquals(3, run.exitCode());
    assertTrue(run.err().contains("CN=Test TPM issuer is no root"), run.err());
  }

  @Test
  void withoutTrustItEndsWith3() {
    CommandRun run =
        CommandRun.of(Map.of("HOME", folder.toString()), "report", "verify", report.toString());
    assertEquals(3, run.exitCode());
    assertTrue(run.out().contains("UNDECIDED"), run.out());
  }

  @Test
  void trustMayComeFromTheEnvironmentOrAFile() throws Exception {
    Path config =
        Files.writeString(
            folder.resolve("config.properties"), "enroller = " + folder.resolve("enroller.pem"));
    CommandRun run =
        CommandRun.of(
            Map.of(
                "VMATTEST_CONFIG", config.toString(),
                "VMATTEST_ENDORSEMENT_ROOT", folder.resolve("roots.pem").toString()),
            "report",
            "verify",
            report.toString(),
            "--at",
            TestCertificates.VALID_AT.toString());
    assertEquals(0, run.exitCode(), run.toString());
  }

  @Test
  void anAlteredReportEndsWith1() throws Exception {
    byte[] bytes = Files.readAllBytes(report);
    for (int i = 0; i < bytes.length; i += 97) {
      byte[] altered = bytes.clone();
      altered[i] ^= 1;
      Files.write(report, altered);
      assertEquals(1, verify().exitCode(), "byte " + i);
    }
  }

  @Test
  void anotherTpmsRootEndsWith1() throws Exception {
    PemFiles.certificate(folder.resolve("roots.pem"), new StandInTpm().root.certificate());
    CommandRun run = verify("--json");
    assertEquals(1, run.exitCode());
    assertEquals("FALSE", run.json().getString("outcome"));
    assertTrue(
        run.json().getJsonArray("claims").toString().contains("\"reason\":\"ENDORSEMENT_CHAIN\""));
  }

  @Test
  void jsonIsAllThereIsOnStandardOutput() {
    CommandRun run = verify("--json");
    assertEquals("VERIFIED", run.json().getString("outcome"));
    assertEquals(10, run.json().getJsonArray("claims").size());
    assertEquals("swtpm", run.json().getString("device"));
    assertTrue(run.err().contains("VERIFIED"), run.err());
  }

  @Test
  void whatIsNoReportEndsWith1AndWhatIsNotThereWith3() throws Exception {
    Files.writeString(report, "hello");
    assertEquals(1, verify().exitCode());
    assertEquals("FALSE", verify("--json").json().getString("outcome"));
    Files.delete(report);
    CommandRun run = verify();
    assertEquals(3, run.exitCode());
    assertTrue(run.err().startsWith("vmattest: There is no file"), run.err());
  }

  @Test
  void wrongUsageEndsWith2() {
    assertEquals(2, CommandRun.of(Map.of()).exitCode());
    assertEquals(2, CommandRun.of(Map.of(), "dance").exitCode());
    assertEquals(2, CommandRun.of(Map.of(), "report", "verify").exitCode());
    assertEquals(2, verify("--nonce", "!").exitCode());
    assertEquals(2, verify("--nonce", "0102").exitCode());
    assertEquals(2, verify("--at", "yesterday").exitCode());
  }

  @Test
  void aReportIsShownWithoutTrust() {
    CommandRun run = CommandRun.of(Map.of(), "report", "show", report.toString());
    assertEquals(0, run.exitCode());
    assertTrue(run.out().contains("cpu/control"), run.out());
    CommandRun json = CommandRun.of(Map.of(), "report", "show", report.toString(), "--json");
    assertEquals(ReportMaker.VM.toString(), json.json().getString("vm"));
  }

  @Test
  void namesCannotCommandTheTerminal() throws Exception {
    maker.hostComponents.put("disk/\u001b[2Jvda\u202e", new byte[] {1});
    write(enrolled());
    CommandRun run = CommandRun.of(Map.of(), "report", "show", report.toString());
    assertFalse(run.out().contains("\u001b"), run.out());
    assertFalse(run.out().contains("\u202e"), run.out());
  }

  @Test
  void everyCommandExplainsItself() {
    for (String command :
        List.of("vms", "attest", "latest", "verify", "baseline", "rollback", "ledger")) {
      CommandRun run = CommandRun.of(Map.of(), command, "--help");
      assertEquals(0, run.exitCode());
      assertTrue(run.out().contains("Usage: vmattest " + command), run.out());
      assertTrue(run.out().contains("--server"), run.out());
    }
  }
}
