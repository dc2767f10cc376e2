// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Output;
import io.vmattest.core.result.AttestationResult;
import io.vmattest.core.result.ResultJson;
import io.vmattest.core.result.SignedResult;
import java.io.IOException;
import java.util.stream.Collectors;

/** Shows a result to people. */
final class ResultLines {
  private ResultLines() {}

  static void print(Output output, SignedResult signed) throws IOException {
    AttestationResult result = signed.result();
    output.line(
        "%s (%s) of virtual machine %s at %s: %s"
            .formatted(
                result.vm().verdict(),
                result.status().text(),
                result.vm().vm(),
                result.vm().at(),
                result.vm().reason()));
    output.line(
        "  trustworthiness "
            + result.vector().claims().entrySet().stream()
                .map(claim -> claim.getKey().text() + " " + claim.getValue())
                .collect(Collectors.joining(", ")));
    result
        .vm()
        .report()
        .ifPresent(
            report ->
                output.line("  report %d, %s".formatted(report.sequence(), report.digest().hex())));
    result.vm().baseline().ifPresent(digest -> output.line("  baseline " + digest.hex()));
    result.policies().forEach(policy -> output.line("  policy " + policy));
    output.line(
        "  issued %s by %s, %s"
            .formatted(
                result.issuedAt(), result.verifier().build(), result.verifier().developer()));
    DiscrepancyLines lines = new DiscrepancyLines(output, "expected", "actual  ");
    for (var discrepancy : ResultJson.of(signed).getJsonArray("discrepancies")) {
      lines.print(discrepancy.asJsonObject());
    }
    long omitted = result.vm().found() - result.vm().discrepancies().size();
    if (omitted > 0) {
      output.line("  and %d discrepancies more".formatted(omitted));
    }
  }
}
