// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.bundle.CaseBundle;
import io.vmattest.core.bundle.CaseCore;
import io.vmattest.core.bundle.MadeCase;
import io.vmattest.core.bundle.MadeCore;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.testing.ReportMaker;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CaseCommandsTest {
  private static final String BUNDLE = "GET /cases/17/bundle";
  private static final String WITH_CORE = BUNDLE + "/with-core";

  @RegisterExtension final CommandBench bench = new CommandBench();
  private final FakeServer server = bench.server();

  @TempDir Path folder;
  @TempDir Path cases;
  private final MadeCase made = new MadeCase();
  private CaseBundle bundle;
  private String cores = "";

  @BeforeEach
  void start() throws Exception {
    bundle = made.bundleWith(CaseCore.read(new ByteArrayInputStream(MadeCore.bytes())).file());
    SignedReport suspect = SignedReport.parse(bundle.file("suspect.cose").orElseThrow());
    cores =
        "POST /vms/%s/snapshots/%s/cores"
            .formatted(ReportMaker.VM, suspect.report().snapshot().hex());
    server
        .onBytes(BUNDLE, CaseBundle.MEDIA_TYPE, made.bundle().zip())
        .onBytes(WITH_CORE, CaseBundle.MEDIA_TYPE, bundle.zip());
    Files.writeString(folder.resolve("results.pem"), made.trust().results().pem());
    Files.writeString(folder.resolve("log.keys"), made.trust().log().get(0) + "\n");
    PemFiles.certificate(folder.resolve("root.pem"), made.endorsementRoot());
    PemFiles.certificate(folder.resolve("enroller.pem"), made.enroller());
  }

  private CommandRun export(String name, String... more) {
    List<String> args = new ArrayList<>(List.of("case", "export", "17", "--output"));
    args.add(cases.resolve(name).toString());
    args.addAll(List.of(more));
    return bench.run(args.toArray(String[]::new));
  }

  private CommandRun verify(String name) {
    return CommandRun.of(
        Map.of(),
        "case",
        "verify",
        cases.resolve(name).toString(),
        "--result-key",
        folder.resolve("results.pem").toString(),
        "--log-key",
        folder.resolve("log.keys").toString(),
        "--endorsement-root",
        folder.resolve("root.pem").toString(),
        "--enroller",
        folder.resolve("enroller.pem").toString());
  }

  private List<String> left() throws IOException {
    try (Stream<Path> all = Files.list(cases)) {
      return all.map(file -> String.valueOf(file.getFileName())).sorted().toList();
    }
  }

  private void assertLeavesNothing(CommandRun run, String why) throws IOException {
    assertEquals(3, run.exitCode(), run.toString());
    assertTrue(run.err().contains(why), run.err());
    assertEquals(List.of(), left());
  }

  @ParameterizedTest
  @ValueSource(strings = {"case.zip", "case"})
  void whatWasExportedIsVerifiedOffline(String name) throws Exception {
    assertEquals(0, export(name).exitCode());
    assertEquals(List.of(name), left());
    CommandRun run = verify(name);
    assertEquals(0, run.exitCode(), run.toString());
    assertTrue(run.out().contains("3 pages differed"), run.out());
  }

  @ParameterizedTest
  @CsvSource({"case.zip, case.core", "case, case/suspect.core"})
  void theMemoryComesAlongForItsOwnerAloneAndIsFoundAgain(String name, String core)
      throws Exception {
    server.onBytes(cores, "application/octet-stream", MadeCore.bytes());
    CommandRun run = export(name, "--core", "--json");
    assertEquals(0, run.exitCode(), run.toString());
    Path file = cases.resolve(core);
    assertEquals(file.toString(), run.json().getString("core"));
    assertArrayEquals(MadeCore.bytes(), Files.readAllBytes(file));
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    CommandRun verified = verify(name);
    assertEquals(0, verified.exitCode(), verified.toString());
    assertTrue(verified.out().contains("each page of its memory"), verified.out());
    byte[] touched = MadeCore.bytes();
    touched[touched.length - 1] ^= 1;
    Files.write(file, touched);
    assertTrue(verify(name).out().contains("FILE_DIGEST"));
    Files.delete(file);
    assertEquals(3, verify(name).exitCode());
  }

  @Test
  void aBundleThatIsTouchedIsRefused() throws Exception {
    assertEquals(0, export("case.zip").exitCode());
    byte[] zip = Files.readAllBytes(cases.resolve("case.zip"));
    zip[zip.length / 2] ^= 1;
    Files.write(cases.resolve("case.zip"), zip);
    CommandRun run = verify("case.zip");
    assertEquals(1, run.exitCode(), run.toString());
  }

  @Test
  void aDownloadThatBreaksOffLeavesNothing() throws Exception {
    byte[] half = Arrays.copyOf(MadeCore.bytes(), MadeCore.bytes().length - 1);
    server.onBroken(cores, half);
    assertLeavesNothing(export("case.zip", "--core"), "");
    assertLeavesNothing(export("case", "--core"), "");
  }

  @Test
  void noByteMoreIsTakenThanTheManifestLists() throws Exception {
    byte[] longer = Arrays.copyOf(MadeCore.bytes(), MadeCore.bytes().length + 1);
    server.onBytes(cores, "application/octet-stream", longer);
    assertLeavesNothing(
        export("case", "--core"), "more than " + MadeCore.bytes().length + " bytes");
  }

  @Test
  void memoryThatIsNotTheListedOneLeavesNothing() throws Exception {
    byte[] other = MadeCore.bytes();
    other[5000] ^= 1;
    server.onBytes(cores, "application/octet-stream", other);
    assertLeavesNothing(export("case.zip", "--core"), "not the one that the manifest lists");
  }

  @Test
  void memoryThatTheServerRefusesLeavesNothing() throws Exception {
    server.on(cores, 404, "{\"title\": \"No such snapshot\", \"detail\": \"it was dropped\"}");
    assertLeavesNothing(export("case", "--core"), "it was dropped");
  }

  @Test
  void whatTheServerRefusesIsSaidAndLeavesNothing() throws Exception {
    server.on("GET /cases/18/bundle", 404, "{\"title\": \"No such entry\", \"detail\": \"none\"}");
    CommandRun run =
        bench.run("case", "export", "18", "--output", cases.resolve("case").toString());
    assertLeavesNothing(run, "none");
  }

  @Test
  void anAnswerThatIsNoBundleOrTooLargeLeavesNothing() throws Exception {
    server.onBytes("GET /cases/18/bundle", CaseBundle.MEDIA_TYPE, new byte[9 << 20]);
    server.onBytes(
        "GET /cases/19/bundle", CaseBundle.MEDIA_TYPE, new byte[CaseBundle.MAX_SIZE + 1]);
    String path = cases.resolve("case.zip").toString();
    assertLeavesNothing(bench.run("case", "export", "18", "--output", path), "no bundle");
    assertLeavesNothing(
        bench.run("case", "export", "19", "--output", path),
        "more than " + CaseBundle.MAX_SIZE + " bytes");
  }

  @ParameterizedTest
  @CsvSource({"case.zip, case.zip", "case.zip, case.core", "case, case"})
  void nothingIsOverwrittenNorAskedForIfSomethingIsThere(String name, String there)
      throws Exception {
    Files.writeString(cases.resolve(there), "mine");
    CommandRun run = export(name, "--core");
    assertEquals(3, run.exitCode(), run.toString());
    assertTrue(run.err().contains("is there already"), run.err());
    assertEquals("mine", Files.readString(cases.resolve(there)));
    assertEquals(List.of(), server.requests);
  }

  @Test
  void discrepanciesAreListedWhereRollbacksAreNot() {
    String one =
        "{\"cases\": [{\"id\": 17, \"at\": \"2026-03-01T12:00:00Z\", \"vm\": \"v\","
            + " \"outcome\": \"%s\", \"summary\": \"s\"}]}";
    server
        .on("GET /cases?limit=20", 200, one.formatted("ROLLBACK_FAILED"))
        .on("GET /cases/discrepant?limit=20", 200, one.formatted("DISCREPANT"));
    CommandRun rollbacks = bench.run("case", "list");
    assertTrue(rollbacks.out().contains("ROLLBACK_FAILED"), rollbacks.toString());
    CommandRun found = bench.run("case", "list", "--discrepant");
    assertTrue(found.out().contains("DISCREPANT"), found.toString());
  }
}
