// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.EntryAnswer;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.core.ledger.LedgerBrokenException;
import io.vmattest.core.ledger.LedgerChain;
import io.vmattest.core.ledger.LedgerEntryData;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Reads the ledger from its first entry to its head, and hashes all of it on the way. */
final class LedgerWalk {
  private static final int PAGE = 100;

  private final RestClient client;
  private final int keep;
  private final Consumer<LedgerEntryData> holding;
  private final LedgerChain chain = new LedgerChain();
  private final List<JsonObject> last = new ArrayList<>();

  /**
   * @param keep how many of the last entries are of interest
   * @param holding is given each entry that holds
   */
  LedgerWalk(RestClient client, int keep, Consumer<LedgerEntryData> holding) {
    this.client = client;
    this.keep = keep;
    this.holding = holding;
  }

  /**
   * Goes on until the head is reached, which may move away meanwhile.
   *
   * @throws LedgerBrokenException at the first entry that does not hold, or if the entries do not
   *     end where the head says
   * @throws IOException if the server's answers are of another form
   */
  void walk() throws IOException, LedgerBrokenException {
    while (true) {
      long before = chain.next();
      readToTheEnd();
      JsonObject head = client.get("/ledger/head");
      long size = Answers.integer(head, "size");
      if (size <= chain.next() || chain.next() == before) {
        chain.verifyEnd(size, EntryAnswer.digest(head, "entryHash"));
        return;
      }
    }
  }

  private void readToTheEnd() throws IOException, LedgerBrokenException {
    boolean more = true;
    while (more) {
      String after = chain.next() == 0 ? "" : "&after=" + (chain.next() - 1);
      JsonObject page = client.get("/ledger/entries?bodies=true&limit=" + PAGE + after);
      List<JsonObject> entries = Answers.objects(page, "entries");
      for (JsonObject entry : entries) {
        EntryAnswer answer = EntryAnswer.of(entry);
        chain.verify(answer.data(), answer.hash(), answer.body());
        holding.accept(answer.data());
        keep(entry);
      }
      more = page.containsKey("next");
      if (more && entries.isEmpty()) {
        throw new IOException("The server's answer promises more entries, but has none.");
      }
    }
  }

  private void keep(JsonObject entry) {
    last.add(JSON.createObjectBuilder(entry).remove("body").build());
    if (last.size() > keep) {
      last.remove(0);
    }
  }

  /** Of what was checked so far. */
  LedgerChain chain() {
    return chain;
  }

  /** The last entries that hold, without their bodies. */
  List<JsonObject> last() {
    return List.copyOf(last);
  }
}
