// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.settings.BoundedFiles;
import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.MalformedReportException;
import io.vmattest.core.report.ReportJson;
import io.vmattest.core.report.SignedReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Shows what a report says, without a word on whether it is true. */
@Command(
    name = "show",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = "Shows what a signed report says; it checks nothing.")
public final class ReportShowCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", description = "The report, as COSE_Sign1 bytes.")
  Path file = Path.of("");

  @Mixin JsonOption json = new JsonOption();

  private final Output output;

  public ReportShowCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() throws IOException, MalformedReportException {
    json.apply(output);
    SignedReport signed = SignedReport.parse(BoundedFiles.read(file, SignedReport.MAX_SIZE));
    print(signed);
    output.json(ReportJson.of(signed));
    return ExitCodes.VERIFIED;
  }

  private void print(SignedReport signed) {
    AttestationReport report = signed.report();
    field("digest", signed.digest().hex());
    field("machine", report.vmName() + " (" + report.vmId() + "), " + report.machineType());
    field("host", report.hostId());
    field("number", report.sequence() + ", " + report.trigger());
    field("issued", report.issuedAt().toString());
    field("captured", report.capturedAt() + ", " + report.mode().claim());
    field("pause", "%.1f ms".formatted(report.pauseMicros() / 1000.0));
    report.nonce().ifPresent(nonce -> field("nonce", HexFormat.of().formatHex(nonce)));
    report.previous().ifPresent(previous -> field("previous", previous.hex()));
    field("state hash", report.stateHash().hex());
    field("snapshot", report.snapshot().hex());
    field("key", report.keyEvidence().hex());
    output.line("components:");
    report
        .components()
        .forEach(
            c ->
                output.line(
                    "  %-16s %s %,14d bytes, %s"
                        .formatted(
                            c.name(),
                            c.digest().hex(),
                            c.size(),
                            c.origin().name().toLowerCase(Locale.ROOT))));
    output.line("%d vCPUs, %d devices".formatted(report.vcpus().size(), report.devices().size()));
  }

  private void field(String name, String value) {
    output.line("%-11s %s".formatted(name, value));
  }
}
