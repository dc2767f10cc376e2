// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.Answers;
import jakarta.json.JsonObject;
import java.io.IOException;

/** Shows a kernel's Reference Values to people. */
final class KernelLines {
  private KernelLines() {}

  static void print(Output output, JsonObject kernel) throws IOException {
    output.line(
        "%s, build %s".formatted(Answers.text(kernel, "release"), Answers.text(kernel, "buildId")));
    output.line("    text    " + Answers.text(kernel, "text"));
    output.line("    rodata  " + Answers.text(kernel, "rodata"));
  }
}
