// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.Vm;
import io.vmattest.core.report.SignedReport;
import jakarta.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether a report that a server gave answers what it was asked. Whether it is true is for {@code
 * report verify} to say.
 */
final class ReportAnswer {
  private final List<String> holding = new ArrayList<>();
  private final List<String> failing = new ArrayList<>();

  ReportAnswer(SignedReport report, Vm vm) {
    require(
        report.report().vmId().equals(vm.id()),
        "It is about this virtual machine.",
        "It is NOT about this virtual machine, but about " + report.report().vmId() + ".");
  }

  /** Asks one thing more. */
  ReportAnswer require(boolean holds, String sentence, String otherwise) {
    (holds ? holding : failing).add(holds ? sentence : otherwise);
    return this;
  }

  boolean holds() {
    return failing.isEmpty();
  }

  int exitCode() {
    return holds() ? ExitCodes.VERIFIED : ExitCodes.VERIFIED_FALSE;
  }

  private List<String> conclusion() {
    return holds() ? holding : failing;
  }

  void print(Output output) {
    conclusion().forEach(output::line);
  }

  /** The document, and what was concluded from it. */
  JsonObject addTo(JsonObject document) {
    return JSON.createObjectBuilder(document)
        .add("holds", holds())
        .add("detail", String.join(" ", conclusion()))
        .build();
  }
}
