// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.Answers;
import jakarta.json.JsonObject;
import java.io.IOException;

/** Shows a discrepancy to people. */
final class DiscrepancyLines {
  private final Output output;
  private final String before;
  private final String now;

  /**
   * @param before what the expected value is called
   * @param now what the other is
   */
  DiscrepancyLines(Output output, String before, String now) {
    this.output = output;
    this.before = before;
    this.now = now;
  }

  void print(JsonObject discrepancy) throws IOException {
    output.line(
        "%-8s  %s, %s: %s"
            .formatted(
                Answers.text(discrepancy, "severity"),
                Answers.text(discrepancy, "component"),
                Answers.text(discrepancy, "subject"),
                Answers.text(discrepancy, "explanation")));
    output.line("          " + before + " " + Answers.text(discrepancy, "expected"));
    output.line("          " + now + " " + Answers.text(discrepancy, "actual"));
  }
}
