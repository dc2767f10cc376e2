// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.settings.Settings;
import io.vmattest.core.ledger.LedgerBrokenException;
import io.vmattest.core.ledger.LedgerChain;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Reads the ledger from its beginning and checks its hash chain on the way. */
@Command(
    name = "ledger",
    description = {
      "Lists the ledger's last entries, after checking the hash chain from the first entry on.",
      "Exit code 0 if the chain holds, 1 if it does not."
    })
public final class LedgerCommand extends ServerCommand {
  private static final int PAGE = 100;

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
    LedgerChain chain = new LedgerChain();
    List<JsonObject> last = new ArrayList<>();
    Optional<String> broken = walk(client, chain, last);
    last.forEach(this::print);
    String sentence =
        broken.orElseGet(
            () ->
                "The chain of %d entries holds; its head is %s."
                    .formatted(chain.next(), chain.head()));
    output.line(sentence);
    JsonArrayBuilder entries = Json.createArrayBuilder();
    last.forEach(entries::add);
    output.json(
        Json.createObjectBuilder()
            .add("holds", broken.isEmpty())
            .add("size", chain.next())
            .add("head", chain.head().hex())
            .add("detail", sentence)
            .add("entries", entries)
            .build());
    return broken.isEmpty() ? ExitCodes.VERIFIED : ExitCodes.VERIFIED_FALSE;
  }

  /** Gives why the chain does not hold, if so. */
  private Optional<String> walk(RestClient client, LedgerChain chain, List<JsonObject> last)
      throws IOException {
    String after = "";
    while (true) {
      JsonObject page = client.get("/ledger/entries?limit=" + PAGE + after);
      for (JsonObject entry : Answers.objects(page, "entries")) {
        try {
          chain.verify(data(entry), digest(entry, "entryHash"));
        } catch (LedgerBrokenException e) {
          return Optional.of(String.valueOf(e.getMessage()));
        }
        last.add(entry);
        if (last.size() > limit) {
          last.remove(0);
        }
      }
      if (!(page.get("next") instanceof JsonNumber next)) {
        return Optional.empty();
      }
      after = "&after=" + next.longValue();
    }
  }

  private static LedgerEntryData data(JsonObject entry) throws IOException {
    try {
      return new LedgerEntryData(
          Answers.integer(entry, "index"),
          LedgerEntryData.Type.valueOf(Answers.text(entry, "type")),
          Instant.parse(Answers.text(entry, "at")),
          entry.containsKey("vm")
              ? Optional.of(UUID.fromString(Answers.text(entry, "vm")))
              : Optional.empty(),
          digest(entry, "bodyDigest"),
          digest(entry, "previousHash"));
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new IOException("The server's answer holds what is no entry of a ledger.", e);
    }
  }

  private static Digest digest(JsonObject entry, String member) throws IOException {
    try {
      return Digest.ofHex(Answers.text(entry, member));
    } catch (IllegalArgumentException e) {
      throw new IOException("The server's answer has no digest as \"" + member + "\".", e);
    }
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
