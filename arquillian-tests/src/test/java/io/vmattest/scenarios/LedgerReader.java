// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import io.vmattest.core.ledger.LedgerBrokenException;
import io.vmattest.core.ledger.LedgerChain;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Reads the ledger page by page, from its first entry on, and recomputes its chain. */
final class LedgerReader {
  private LedgerReader() {}

  static List<JsonObject> all(Api auditor) throws IOException {
    List<JsonObject> entries = new ArrayList<>();
    LedgerChain chain = new LedgerChain();
    long after = -1;
    while (true) {
      JsonObject page =
          Vm.expect(
              200, auditor.get("/ledger/entries?limit=100" + (after < 0 ? "" : "&after=" + after)));
      for (JsonObject entry : page.getJsonArray("entries").getValuesAs(JsonObject.class)) {
        follow(chain, entry);
        entries.add(entry);
      }
      if (!page.containsKey("next")) {
        return entries;
      }
      after = page.getJsonNumber("next").longValue();
    }
  }

  private static void follow(LedgerChain chain, JsonObject entry) {
    LedgerEntryData data =
        new LedgerEntryData(
            entry.getJsonNumber("index").longValue(),
            LedgerEntryData.Type.valueOf(entry.getString("type")),
            Instant.parse(entry.getString("at")),
            Optional.ofNullable(entry.getString("vm", null)).map(UUID::fromString),
            Digest.ofHex(entry.getString("bodyDigest")),
            Digest.ofHex(entry.getString("previousHash")));
    try {
      chain.verify(data, Digest.ofHex(entry.getString("entryHash")));
    } catch (LedgerBrokenException e) {
      throw new AssertionError("the ledger is no chain", e);
    }
  }

  static List<JsonObject> reportsOf(List<JsonObject> entries, String vm) {
    return of(entries, "REPORT", vm);
  }

  static List<JsonObject> of(List<JsonObject> entries, String type, String vm) {
    return entries.stream()
        .filter(entry -> entry.getString("type").equals(type))
        .filter(entry -> entry.getString("vm", "").equals(vm))
        .toList();
  }
}
