// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.SignedReport;
import io.vmattest.core.testing.ReportMaker;
import io.vmattest.core.testing.StandInTpm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Reports that a server gives must be what it was asked for. */
class ReportAnswersTest {
  private static final String ID = ReportMaker.VM.toString();

  @TempDir Path folder;
  @RegisterExtension final CommandBench bench = new CommandBench();
  private final FakeServer server = bench.server().on("GET /vms", 200, ServerCommandsTest.VMS);

  private static String answer(SignedReport report) {
    return "{\"digest\":\"%s\",\"report\":\"%s\"}"
        .formatted(
            report.digest().hex(),
            Base64.getUrlEncoder().withoutPadding().encodeToString(report.encoded()));
  }

  @Test
  void aFreshReportMustCarryTheNonce() throws Exception {
    ReportMaker maker = new ReportMaker();
    maker.nonce = Optional.of(new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
    SignedReport report = maker.sign(new StandInTpm());
    server.on("POST /vms/" + ID + "/attestations", 201, answer(report));
    Path out = folder.resolve("r.cose");
    CommandRun good =
        bench.run(
            "attest",
            "web01",
            "--nonce",
            "0102030405060708",
            "--snapshot",
            "--out",
            out.toString());
    assertEquals(0, good.exitCode(), good.toString());
    assertArrayEquals(report.encoded(), Files.readAllBytes(out));
    assertTrue(
        server.requests.contains(
            "POST /vms/"
                + ID
                + "/attestations {\"nonce\":\"AQIDBAUGBwg\",\"snapshot\":true,\"baseline\":false}"),
        server.requests.toString());
    CommandRun other = bench.run("attest", "web01", "--json");
    assertEquals(1, other.exitCode());
    assertFalse(other.json().getBoolean("holds"));
    assertEquals("It does NOT carry the nonce that was sent.", other.json().getString("detail"));
    assertTrue(
        bench
            .run("attest", "web01", "--nonce", "0102030405060708", "--json")
            .json()
            .getBoolean("holds"));
  }

  @Test
  void theLatestReportIsWrittenAsItCame() throws Exception {
    SignedReport report = new ReportMaker().sign(new StandInTpm());
    server.onBytes(
        "GET /vms/" + ID + "/attestations/latest", SignedReport.MEDIA_TYPE, report.encoded());
    Path out = folder.resolve("r.cose");
    assertEquals(0, bench.run("latest", "web01", "--out", out.toString()).exitCode());
    assertArrayEquals(report.encoded(), Files.readAllBytes(out));
    assertEquals(2, bench.run("latest", "web01").exitCode());
  }

  @Test
  void aReportOfAnotherMachineIsNoAnswer() throws Exception {
    String other = "00000000-0000-0000-0000-000000000001";
    ReportMaker maker = new ReportMaker();
    maker.nonce = Optional.of(new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
    SignedReport report = maker.sign(new StandInTpm());
    server
        .on("POST /vms/" + other + "/attestations", 201, answer(report))
        .onBytes(
            "GET /vms/" + other + "/attestations/latest",
            SignedReport.MEDIA_TYPE,
            report.encoded());
    CommandRun fresh = bench.run("attest", other, "--nonce", "0102030405060708", "--json");
    assertEquals(1, fresh.exitCode());
    assertTrue(fresh.json().getString("detail").contains("but about " + ID), fresh.out());
    CommandRun latest =
        bench.run("latest", other, "--out", folder.resolve("r.cose").toString(), "--json");
    assertEquals(1, latest.exitCode());
    assertFalse(latest.json().getBoolean("holds"));
  }
}
