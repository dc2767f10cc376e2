// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.Answers;
import jakarta.json.JsonObject;
import java.io.IOException;

/** A debug clone, for people. */
final class CloneLines {
  private CloneLines() {}

  static void print(Output output, JsonObject clone) throws IOException {
    output.line(
        "%s of snapshot %s until %s"
            .formatted(
                Answers.text(clone, "name"),
                Answers.text(clone, "snapshot"),
                Answers.text(clone, "until")));
    output.line("  on the host: gdb -ex 'target remote %s'".formatted(Answers.text(clone, "gdb")));
  }
}
