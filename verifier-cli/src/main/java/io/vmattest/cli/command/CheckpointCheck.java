// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.command.LedgerFault.CheckpointReason;
import io.vmattest.cli.log.TrustedLog;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.merkle.MerkleRootBuilder;
import io.vmattest.core.report.Digest;
import io.vmattest.core.tlog.Checkpoint;
import io.vmattest.core.tlog.CounterBinding;
import io.vmattest.core.tlog.MalformedTlogException;
import io.vmattest.core.tlog.NoteRejectedException;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.io.IOException;
import java.util.Optional;

/** Compares a signed checkpoint with the tree over the entries that are read after it. */
final class CheckpointCheck {
  private final Checkpoint checkpoint;
  private final Optional<CounterBinding> counter;
  private final MerkleRootBuilder tree = new MerkleRootBuilder();

  /** The tree's root when it was as large as the checkpoint's. */
  private Optional<Digest> root = Optional.empty();

  private CheckpointCheck(Checkpoint checkpoint) throws MalformedTlogException {
    this.checkpoint = checkpoint;
    this.counter = CounterBinding.of(checkpoint);
    takeRoot();
  }

  /**
   * Opens the checkpoint.
   *
   * @throws NoteRejectedException if none of the keys signed it for the log that it names
   * @throws IOException if what they signed is no checkpoint
   */
  static CheckpointCheck open(CheckpointSource source) throws NoteRejectedException, IOException {
    try {
      return new CheckpointCheck(new TrustedLog(source.keys()).open(source.note()).checkpoint());
    } catch (MalformedTlogException e) {
      throw new IOException("The server's checkpoint is none: " + e.getMessage(), e);
    }
  }

  /** Takes the ledger's next entry, from the first on. */
  void add(LedgerEntryData entry) {
    tree.add(entry.encoded());
    takeRoot();
  }

  /** It cannot be had afterwards. */
  private void takeRoot() {
    if (tree.size() == checkpoint.size()) {
      root = Optional.of(tree.root());
    }
  }

  /** What does not hold, once all entries were added. */
  Optional<LedgerFault> fault() {
    if (root.isEmpty()) {
      return Optional.of(
          LedgerFault.of(
              CheckpointReason.CHECKPOINT_SIZE,
              "The signed checkpoint counts %d entries, but there are %d."
                  .formatted(checkpoint.size(), tree.size())));
    }
    return root.filter(found -> !found.equals(checkpoint.root()))
        .map(
            found ->
                LedgerFault.of(
                    CheckpointReason.CHECKPOINT_ROOT,
                    "The signed checkpoint's root over %d entries is %s, but theirs is %s."
                        .formatted(checkpoint.size(), checkpoint.root(), found)));
  }

  /** What holds, if nothing is at fault. */
  String sentence() {
    return "The checkpoint of %s holds, signature and root over %d entries%s."
        .formatted(
            checkpoint.origin(),
            checkpoint.size(),
            counter.map(c -> "; counter " + c.counterId() + " is " + c.value()).orElse(""));
  }

  JsonObject json() {
    JsonObjectBuilder json =
        JSON.createObjectBuilder()
            .add("origin", checkpoint.origin())
            .add("size", checkpoint.size())
            .add("root", checkpoint.root().hex());
    counter.ifPresent(
        c ->
            json.add(
                "counter",
                JSON.createObjectBuilder().add("id", c.counterId()).add("value", c.value())));
    return json.build();
  }
}
