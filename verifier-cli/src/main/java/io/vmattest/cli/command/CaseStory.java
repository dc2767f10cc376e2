// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.output.Output;
import io.vmattest.core.bundle.CaseClaim;
import io.vmattest.core.bundle.CaseContents;
import io.vmattest.core.bundle.CasePart;
import io.vmattest.core.bundle.CaseVerification;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.result.SignedResult;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.Locale;
import java.util.Map;

/** Tells what a bundle shows, and what of it holds. */
final class CaseStory {
  private CaseStory() {}

  static void print(Output output, CaseVerification verification) {
    verification.contents().ifPresent(contents -> tell(output, contents));
    for (CaseClaim claim : verification.claims()) {
      output.line(
          "  %-9s %-8s %s"
              .formatted(
                  status(claim),
                  claim.step().name().toLowerCase(Locale.ROOT),
                  claim instanceof CaseClaim.Fails fails
                      ? fails.reason() + ": " + fails.sentence()
                      : claim.sentence()));
    }
    output.line(
        switch (verification.outcome()) {
          case VERIFIED -> "VERIFIED: all of the case holds.";
          case FALSE -> "FALSE: this is not the evidence that the verifier gave out.";
          case UNDECIDED -> "UNDECIDED: nothing is wrong, but not everything could be checked.";
        });
  }

  private static void tell(Output output, CaseContents contents) {
    output.line(
        "Case %d: %s of virtual machine %s"
            .formatted(
                contents.manifest().index(),
                contents.manifest().outcome(),
                contents.manifest().vm()));
    report(output, contents, CasePart.BASELINE, "It was attested");
    report(output, contents, CasePart.OBSERVED, "It was looked at again");
    SignedResult found = contents.results().get(CasePart.DISCREPANCIES);
    if (found != null) {
      var vm = found.result().vm();
      output.line("  %s  %s: %s".formatted(vm.at(), vm.verdict(), vm.reason()));
      vm.discrepancies()
          .forEach(
              d ->
                  output.line(
                      "    %s %s %s: %s, not %s"
                          .formatted(
                              d.severity(), d.component(), d.subject(), d.actual(), d.expected())));
    }
    report(output, contents, CasePart.SUSPECT, "Its suspect state was captured");
    contents
        .differences()
        .map(json -> json.get("differingPages"))
        .filter(JsonNumber.class::isInstance)
        .ifPresent(
            pages -> output.line("    %s pages differed from the attested ones".formatted(pages)));
    report(output, contents, CasePart.RESTORED, "It was put back and measured");
    SignedResult verdict = contents.results().get(CasePart.VERDICT);
    if (verdict != null) {
      var vm = verdict.result().vm();
      output.line("  %s  %s: %s".formatted(vm.at(), vm.verdict(), vm.reason()));
    }
  }

  private static void report(Output output, CaseContents contents, CasePart part, String what) {
    SignedReport report = contents.reports().get(part);
    if (report != null) {
      output.line(
          "  %s  %s: report %d, %s"
              .formatted(
                  report.report().capturedAt(),
                  what,
                  report.report().sequence(),
                  report.digest().hex()));
    }
  }

  static JsonObject json(CaseVerification verification) {
    JsonArrayBuilder claims = JSON.createArrayBuilder();
    for (CaseClaim claim : verification.claims()) {
      JsonObjectBuilder item =
          JSON.createObjectBuilder()
              .add("step", claim.step().name())
              .add("status", status(claim).toLowerCase(Locale.ROOT))
              .add("sentence", claim.sentence());
      if (claim instanceof CaseClaim.Fails fails) {
        item.add("reason", fails.reason().name()).add("file", fails.file());
      }
      claims.add(item);
    }
    JsonObjectBuilder json =
        JSON.createObjectBuilder().add("outcome", verification.outcome().name());
    verification.contents().ifPresent(contents -> add(json, contents));
    return json.add("claims", claims).build();
  }

  private static void add(JsonObjectBuilder json, CaseContents contents) {
    json.add("id", contents.manifest().index())
        .add("entryHash", contents.manifest().entry().hex())
        .add("vm", contents.manifest().vm().toString())
        .add("rollback", contents.manifest().outcome());
    JsonObjectBuilder reports = JSON.createObjectBuilder();
    for (Map.Entry<CasePart, SignedReport> report : contents.reports().entrySet()) {
      reports.add(
          report.getKey().name().toLowerCase(Locale.ROOT), report.getValue().digest().hex());
    }
    json.add("reports", reports);
  }

  private static String status(CaseClaim claim) {
    return claim instanceof CaseClaim.Holds
        ? "holds"
        : claim instanceof CaseClaim.Fails ? "FAILS" : "unchecked";
  }
}
