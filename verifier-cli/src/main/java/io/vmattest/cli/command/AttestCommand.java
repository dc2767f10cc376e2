// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.rest.Vm;
import io.vmattest.cli.settings.Nonces;
import io.vmattest.cli.settings.Settings;
import io.vmattest.core.report.MalformedReportException;
import io.vmattest.core.report.SignedReport;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Asks for a fresh report. */
@Command(
    name = "attest",
    description = {
      "Takes a fresh report of a virtual machine, and checks that it answers this very request.",
      "Whether its key may be believed is for 'vmattest report verify' to say."
    })
public final class AttestCommand extends ServerCommand {
  @Parameters(paramLabel = "VM", description = "Identifier or name.")
  String vm = "";

  @Option(
      names = "--nonce",
      paramLabel = "NONCE",
      converter = Nonces.class,
      description = "8 to 64 bytes, hexadecimal or base64url; else 32 random ones.")
  Optional<byte[]> nonce = Optional.empty();

  @Option(
      names = "--snapshot",
      description = "Keep a snapshot that the machine can be put back to.")
  boolean snapshot;

  @Option(names = "--baseline", description = "Make it what the machine is compared with.")
  boolean baseline;

  @Option(names = "--out", paramLabel = "FILE", description = "Write the signed report there.")
  Optional<Path> out = Optional.empty();

  public AttestCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    byte[] wanted = nonce.orElseGet(Nonces::fresh);
    JsonObject request =
        JSON.createObjectBuilder()
            .add("nonce", Nonces.encode(wanted))
            .add("snapshot", snapshot)
            .add("baseline", baseline)
            .build();
    Vm machine = Vm.find(client, vm);
    JsonObject answer = client.post(machine.path() + "/attestations", request).document();
    SignedReport report = signedReport(answer);
    ReportAnswer conclusion =
        new ReportAnswer(report, machine)
            .require(
                report.report().nonce().filter(got -> Arrays.equals(got, wanted)).isPresent(),
                "It carries the nonce that was sent.",
                "It does NOT carry the nonce that was sent.")
            .require(
                report.digest().hex().equals(Answers.text(answer, "digest")),
                "It is the report that the server announced.",
                "It is NOT the report that the server announced.");
    if (out.isPresent()) {
      Files.write(out.get(), report.encoded());
    }
    print(report, conclusion);
    output.json(conclusion.addTo(answer));
    return conclusion.exitCode();
  }

  private void print(SignedReport report, ReportAnswer conclusion) {
    output.line(
        "Report %s: number %d of %s, %s, %d components, pause %.1f ms."
            .formatted(
                report.digest().hex(),
                report.report().sequence(),
                report.report().vmName(),
                report.report().mode().claim(),
                report.report().components().size(),
                report.report().pauseMicros() / 1000.0));
    conclusion.print(output);
    out.ifPresent(path -> output.line("Written to " + path + "."));
  }

  private static SignedReport signedReport(JsonObject answer) throws IOException {
    try {
      return SignedReport.parse(Base64.getUrlDecoder().decode(Answers.text(answer, "report")));
    } catch (MalformedReportException | IllegalArgumentException e) {
      throw new IOException("The server's answer carries no report: " + e.getMessage(), e);
    }
  }
}
