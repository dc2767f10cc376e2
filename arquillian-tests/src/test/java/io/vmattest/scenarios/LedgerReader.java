// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Reads the ledger page by page. */
final class LedgerReader {
  private LedgerReader() {}

  static List<JsonObject> all(Api auditor) throws IOException {
    List<JsonObject> entries = new ArrayList<>();
    long after = -1;
    while (true) {
      JsonObject page =
          Vm.expect(
              200, auditor.get("/ledger/entries?limit=100" + (after < 0 ? "" : "&after=" + after)));
      entries.addAll(page.getJsonArray("entries").getValuesAs(JsonObject.class));
      if (!page.containsKey("next")) {
        return entries;
      }
      after = page.getJsonNumber("next").longValue();
    }
  }

  static List<JsonObject> reportsOf(List<JsonObject> entries, String vm) {
    return entries.stream()
        .filter(entry -> entry.getString("type").equals("REPORT"))
        .filter(entry -> entry.getString("vm", "").equals(vm))
        .toList();
  }
}
