// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.command.LedgerFault.CheckpointReason;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.core.ledger.LedgerBrokenException;
import io.vmattest.core.tlog.NoteKey;
import io.vmattest.core.tlog.NoteRejectedException;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether a ledger's entries hold, and what was signed of them. */
final class LedgerOutcome {
  static final String KEYS_OF_THE_SERVER =
      "The keys were taken from the server, and prove nothing against the server itself: keep"
          + " them in a file and give --log-key.";

  private final Optional<CheckpointSource> source;
  private final Optional<CheckpointCheck> check;
  private final LedgerWalk walk;
  private final Optional<LedgerFault> fault;

  private LedgerOutcome(RestClient client, int keep, Optional<List<NoteKey>> known)
      throws IOException {
    // The checkpoint first: entries are only added, so that the walk comes to its size.
    source = CheckpointSource.fetch(client, known);
    Optional<CheckpointCheck> opened = Optional.empty();
    Optional<LedgerFault> rejected = Optional.empty();
    if (source.isPresent()) {
      try {
        opened = Optional.of(CheckpointCheck.open(source.get()));
      } catch (NoteRejectedException e) {
        rejected = Optional.of(rejected(e));
      }
    }
    Optional<CheckpointCheck> tree = opened;
    check = opened;
    walk = new LedgerWalk(client, keep, entry -> tree.ifPresent(t -> t.add(entry)));
    Optional<LedgerFault> unsigned = rejected;
    fault =
        broken(walk)
            .or(() -> unsigned)
            .or(() -> tree.flatMap(CheckpointCheck::fault))
            .or(() -> missing(known));
  }

  /**
   * Reads a whole ledger.
   *
   * @param keep how many of the last entries are of interest
   * @param known the log's keys, where they are known without the server
   * @throws IOException if the server does not answer, or in another form
   */
  static LedgerOutcome of(RestClient client, int keep, Optional<List<NoteKey>> known)
      throws IOException {
    return new LedgerOutcome(client, keep, known);
  }

  /** Keys are known once a checkpoint was: a server without one hides it, or lost it. */
  private Optional<LedgerFault> missing(Optional<List<NoteKey>> known) {
    return source.isPresent() || known.isEmpty()
        ? Optional.empty()
        : Optional.of(
            LedgerFault.of(
                CheckpointReason.CHECKPOINT_MISSING, "The server shows no signed checkpoint."));
  }

  private static LedgerFault rejected(NoteRejectedException e) {
    return LedgerFault.of(
        CheckpointReason.CHECKPOINT_SIGNATURE,
        "The checkpoint is not signed by the log: " + e.getMessage() + ".");
  }

  private static Optional<LedgerFault> broken(LedgerWalk walk) throws IOException {
    try {
      walk.walk();
      return Optional.empty();
    } catch (LedgerBrokenException e) {
      return Optional.of(LedgerFault.of(e));
    }
  }

  boolean holds() {
    return fault.isEmpty();
  }

  /** The last entries that hold, without their bodies. */
  List<JsonObject> entries() {
    return walk.last();
  }

  /** The outcome in words. */
  List<String> sentences() {
    List<String> sentences = new ArrayList<>();
    if (fault.isPresent()) {
      sentences.add(fault.get().sentence());
    } else {
      sentences.add(
          "All %d entries hold, bodies and chain; the head is %s."
              .formatted(walk.chain().next(), walk.chain().head()));
      sentences.add(
          check
              .map(CheckpointCheck::sentence)
              .orElse("There is no checkpoint yet: nothing of it is signed."));
    }
    if (source.filter(CheckpointSource::keysFromServer).isPresent()) {
      sentences.add(KEYS_OF_THE_SERVER);
    }
    return sentences;
  }

  JsonObject json() {
    JsonArrayBuilder entries = JSON.createArrayBuilder();
    entries().forEach(entries::add);
    JsonObjectBuilder json =
        JSON.createObjectBuilder()
            .add("holds", holds())
            .add("size", walk.chain().next())
            .add("head", walk.chain().head().hex())
            .add("detail", String.join(" ", sentences()));
    fault.ifPresent(
        f -> {
          f.entry().ifPresent(index -> json.add("brokenAt", index));
          json.add("reason", f.reason());
        });
    check.ifPresent(c -> json.add("checkpoint", c.json()));
    source.ifPresent(s -> json.add("keysFrom", s.keysFromServer() ? "server" : "file"));
    return json.add("entries", entries).build();
  }
}
