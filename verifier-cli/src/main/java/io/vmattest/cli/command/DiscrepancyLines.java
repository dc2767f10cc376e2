// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.Answers;
import jakarta.json.JsonObject;
import java.io.IOException;

/** Shows a discrepancy to people. */
final class DiscrepancyLines {
  private DiscrepancyLines() {}

  static void print(Output output, JsonObject discrepancy) throws IOException {
    output.line(
        "%s, %s: %s"
            .formatted(
                Answers.text(discrepancy, "component"),
                Answers.text(discrepancy, "subject"),
                Answers.text(discrepancy, "explanation")));
    output.line("    A " + Answers.text(discrepancy, "expected"));
    output.line("    B " + Answers.text(discrepancy, "actual"));
  }
}
