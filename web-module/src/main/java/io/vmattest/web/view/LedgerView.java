// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.view;

import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.ledger.LedgerRecord;
import io.vmattest.server.ledger.LedgerSummary;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.Base64;
import java.util.List;

/** The ledger, as it is stored. */
public final class LedgerView {
  private LedgerView() {}

  public static JsonObject page(List<LedgerSummary> records, int limit) {
    JsonArrayBuilder entries = Json.createArrayBuilder();
    records.forEach(record -> entries.add(summary(record)));
    JsonObjectBuilder json = Json.createObjectBuilder().add("entries", entries);
    if (records.size() == limit) {
      json.add("next", records.get(limit - 1).data().index());
    }
    return json.build();
  }

  /** An entry with its body in base64url. */
  public static JsonObject of(LedgerRecord entry) {
    return summary(entry.withoutBody())
        .add("body", Base64.getUrlEncoder().withoutPadding().encodeToString(entry.body()))
        .build();
  }

  public static JsonObject head(Ledger.Head head) {
    return Json.createObjectBuilder()
        .add("size", head.nextIndex())
        .add("entryHash", head.hash().hex())
        .build();
  }

  private static JsonObjectBuilder summary(LedgerSummary entry) {
    JsonObjectBuilder json =
        Json.createObjectBuilder()
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
