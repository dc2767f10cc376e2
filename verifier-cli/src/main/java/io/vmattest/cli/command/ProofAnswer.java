// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.log.ProofCheck;
import io.vmattest.cli.output.Output;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObjectBuilder;

/** Says what became of the check of a proof. */
final class ProofAnswer {
  private ProofAnswer() {}

  /**
   * @param json to which the answer is added
   */
  static int holds(Output output, ProofCheck check, JsonObjectBuilder json) {
    String sentence =
        "Entry %d (%s, %s) is in the log %s of %d entries that was signed; its leaf is %s."
            .formatted(
                check.entry().index(),
                check.entry().type(),
                check.entry().at(),
                check.checkpoint().origin(),
                check.checkpoint().size(),
                check.leaf());
    output.line(sentence);
    JsonArrayBuilder witnesses = JSON.createArrayBuilder();
    check
        .witnesses()
        .forEach(
            (name, at) -> {
              output.line("Cosigned by %s at %s.".formatted(name, at));
              witnesses.add(JSON.createObjectBuilder().add("name", name).add("at", at.toString()));
            });
    check.entry().vm().ifPresent(vm -> json.add("vm", vm.toString()));
    output.json(
        json.add("holds", true)
            .add("index", check.entry().index())
            .add("type", check.entry().type().name())
            .add("at", check.entry().at().toString())
            .add("bodyDigest", check.entry().body().hex())
            .add("leafHash", check.leaf().hex())
            .add(
                "checkpoint",
                JSON.createObjectBuilder()
                    .add("origin", check.checkpoint().origin())
                    .add("size", check.checkpoint().size())
                    .add("root", check.checkpoint().root().hex()))
            .add("witnesses", witnesses)
            .add("detail", sentence)
            .build());
    return ExitCodes.VERIFIED;
  }

  static int fails(Output output, ProofCheck.FailedException failed, JsonObjectBuilder json) {
    output.line("The entry is not shown to be in the log: " + failed.getMessage() + ".");
    output.json(
        json.add("holds", false)
            .add("reason", failed.reason().name())
            .add("detail", String.valueOf(failed.getMessage()))
            .build());
    return ExitCodes.VERIFIED_FALSE;
  }
}
