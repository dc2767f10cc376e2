// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.view;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.merkle.ConsistencyProof;
import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.ledger.LedgerRecord;
import io.vmattest.server.ledger.LedgerSummary;
import io.vmattest.server.ledger.StoredCheckpoint;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** The ledger, as it is stored. */
public final class LedgerView {
  /** A page's bodies end here, in bytes, so that no answer is too large for a client to take. */
  static final int LARGEST_BODIES = 3 << 20;

  private LedgerView() {}

  public static JsonObject page(List<LedgerSummary> records, int limit) {
    JsonArrayBuilder entries = JSON.createArrayBuilder();
    records.forEach(record -> entries.add(summary(record)));
    return page(
        entries, records.size() < limit ? Optional.empty() : Optional.of(last(records).data()));
  }

  /** Entries with their bodies; fewer of them where the bodies are large, but always one. */
  public static JsonObject pageWithBodies(List<LedgerRecord> records, int limit) {
    JsonArrayBuilder entries = JSON.createArrayBuilder();
    int taken = 0;
    long bytes = 0;
    for (LedgerRecord entry : records) {
      bytes += entry.body().length;
      if (taken > 0 && bytes > LARGEST_BODIES) {
        break;
      }
      entries.add(of(entry));
      taken++;
    }
    boolean more = taken < records.size() || taken == limit;
    return page(
        entries, more ? Optional.of(last(records.subList(0, taken)).data()) : Optional.empty());
  }

  /**
   * @param goesOnAfter the page's last entry, where there may be more
   */
  private static JsonObject page(JsonArrayBuilder entries, Optional<LedgerEntryData> goesOnAfter) {
    JsonObjectBuilder json = JSON.createObjectBuilder().add("entries", entries);
    goesOnAfter.ifPresent(entry -> json.add("next", entry.index()));
    return json.build();
  }

  private static <T> T last(List<T> list) {
    return list.get(list.size() - 1);
  }

  /** An entry with its body in base64url. */
  public static JsonObject of(LedgerRecord entry) {
    return summary(entry.withoutBody())
        .add("body", Base64.getUrlEncoder().withoutPadding().encodeToString(entry.body()))
        .build();
  }

  /** A consistency proof, its hashes in hex. */
  public static JsonObject of(ConsistencyProof proof) {
    JsonArrayBuilder path = JSON.createArrayBuilder();
    proof.path().forEach(hash -> path.add(hash.hex()));
    return JSON.createObjectBuilder()
        .add("first", proof.first())
        .add("second", proof.second())
        .add("path", path)
        .build();
  }

  public static JsonObject checkpoints(List<StoredCheckpoint> checkpoints, int limit) {
    JsonArrayBuilder array = JSON.createArrayBuilder();
    checkpoints.forEach(
        c ->
            array.add(
                JSON.createObjectBuilder()
                    .add("size", c.size())
                    .add("at", c.at().toString())
                    .add("checkpoint", c.note())));
    JsonObjectBuilder json = JSON.createObjectBuilder().add("checkpoints", array);
    if (checkpoints.size() == limit) {
      json.add("next", last(checkpoints).size());
    }
    return json.build();
  }

  public static JsonObject head(Ledger.Head head) {
    return JSON.createObjectBuilder()
        .add("size", head.nextIndex())
        .add("entryHash", head.hash().hex())
        .build();
  }

  private static JsonObjectBuilder summary(LedgerSummary entry) {
    JsonObjectBuilder json =
        JSON.createObjectBuilder()
            .add("index", entry.data().index())
            .add("type", entry.data().type().name())
            .add("at", entry.data().at().toString());
    entry.data().vm().ifPresent(vm -> json.add("vm", vm.toString()));
    return json.add("bodyDigest", entry.data().body().hex())
        .add("previousHash", entry.data().previous().hex())
        .add("entryHash", entry.hash().hex())
        .add("summary", entry.summary());
  }
}
