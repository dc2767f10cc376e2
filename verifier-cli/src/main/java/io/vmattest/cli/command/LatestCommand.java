// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.rest.Vm;
import io.vmattest.cli.settings.Settings;
import io.vmattest.core.report.MalformedReportException;
import io.vmattest.core.report.ReportJson;
import io.vmattest.core.report.SignedReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Fetches the latest report (AttestVMState). */
@Command(
    name = "latest",
    description = {
      "Writes a virtual machine's latest signed report to a file.",
      "Exit code 1 if it is about another machine. Whether it is true is for 'vmattest report"
          + " verify' to say."
    })
public final class LatestCommand extends ServerCommand {
  @Parameters(paramLabel = "VM", description = "Identifier or name.")
  String vm = "";

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "Where to write the COSE_Sign1 bytes.")
  Path out = Path.of("");

  public LatestCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    Vm machine = Vm.find(client, vm);
    byte[] bytes =
        client.getBytes(machine.path() + "/attestations/latest", SignedReport.MEDIA_TYPE);
    SignedReport report;
    try {
      report = SignedReport.parse(bytes);
    } catch (MalformedReportException e) {
      throw new IOException("The server's answer is no report: " + e.getMessage(), e);
    }
    Files.write(out, bytes);
    output.line(
        "Report %s: number %d of %s, issued %s; written to %s."
            .formatted(
                report.digest().hex(),
                report.report().sequence(),
                report.report().vmName(),
                report.report().issuedAt(),
                out));
    ReportAnswer conclusion = new ReportAnswer(report, machine);
    conclusion.print(output);
    output.json(conclusion.addTo(ReportJson.of(report)));
    return conclusion.exitCode();
  }
}
