// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.settings.Settings;
import io.vmattest.core.ledger.LedgerBrokenException;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.io.IOException;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Reads the ledger from its beginning and checks its bodies and its hash chain on the way. */
@Command(
    name = "ledger",
    description = {
      "Lists the ledger's last entries, after hashing every entry with its body from the first on,",
      "and comparing the last with the ledger's head.",
      "Exit code 0 if all of it holds, 1 if something does not."
    })
public final class LedgerCommand extends ServerCommand {
  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "20",
      description = "How many entries to list; ${DEFAULT-VALUE} if not given.")
  int limit;

  public LedgerCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    LedgerWalk walk = new LedgerWalk(client, Math.max(0, limit));
    Optional<LedgerBrokenException> broken = brokenAt(walk);
    walk.last().forEach(this::print);
    String sentence =
        broken
            .map(e -> String.valueOf(e.getMessage()))
            .orElseGet(
                () ->
                    "All %d entries hold, bodies and chain; the head is %s."
                        .formatted(walk.chain().next(), walk.chain().head()));
    output.line(sentence);
    output.json(json(walk, broken, sentence));
    return broken.isEmpty() ? ExitCodes.VERIFIED : ExitCodes.VERIFIED_FALSE;
  }

  private static Optional<LedgerBrokenException> brokenAt(LedgerWalk walk) throws IOException {
    try {
      walk.walk();
      return Optional.empty();
    } catch (LedgerBrokenException e) {
      return Optional.of(e);
    }
  }

  private static JsonObject json(
      LedgerWalk walk, Optional<LedgerBrokenException> broken, String sentence) {
    JsonArrayBuilder entries = JSON.createArrayBuilder();
    walk.last().forEach(entries::add);
    JsonObjectBuilder json =
        JSON.createObjectBuilder()
            .add("holds", broken.isEmpty())
            .add("size", walk.chain().next())
            .add("head", walk.chain().head().hex())
            .add("detail", sentence);
    broken.ifPresent(e -> json.add("brokenAt", e.index()).add("reason", e.reason().name()));
    return json.add("entries", entries).build();
  }

  private void print(JsonObject entry) {
    output.line(
        "%6s  %-24s  %-10s  %s  %s"
            .formatted(
                entry.get("index"),
                entry.getString("at", ""),
                entry.getString("type", ""),
                entry.getString("entryHash", "").substring(0, 16),
                entry.getString("summary", "")));
  }
}
