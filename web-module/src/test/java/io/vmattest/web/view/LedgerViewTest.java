// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.view;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import io.vmattest.server.ledger.LedgerRecord;
import io.vmattest.server.ledger.LedgerSummary;
import jakarta.json.JsonObject;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LedgerViewTest {
  private static final int LIMIT = 3;

  private static LedgerRecord entry(long index, byte[] body) {
    LedgerEntryData data =
        new LedgerEntryData(
            index,
            LedgerEntryData.Type.VERDICT,
            Instant.EPOCH,
            Optional.empty(),
            Digest.sha256(body),
            LedgerEntryData.GENESIS);
    return new LedgerRecord(data, data.hash(), body, "s");
  }

  private static List<LedgerSummary> bare(List<LedgerRecord> records) {
    return records.stream().map(LedgerRecord::withoutBody).toList();
  }

  @Test
  void bodiesComeOnlyWhereTheyAreAskedFor() {
    List<LedgerRecord> records = List.of(entry(0, new byte[] {1, 2}));
    JsonObject bare =
        LedgerView.page(bare(records), LIMIT).getJsonArray("entries").getJsonObject(0);
    assertFalse(bare.containsKey("body"));
    JsonObject page = LedgerView.pageWithBodies(records, LIMIT);
    String body = page.getJsonArray("entries").getJsonObject(0).getString("body");
    assertArrayEquals(new byte[] {1, 2}, Base64.getUrlDecoder().decode(body));
    assertFalse(page.containsKey("next"));
  }

  @Test
  void aFullPageSaysWhereTheNextBegins() {
    List<LedgerRecord> records =
        List.of(entry(4, new byte[1]), entry(5, new byte[1]), entry(6, new byte[1]));
    assertEquals(6, LedgerView.page(bare(records), LIMIT).getInt("next"));
    assertEquals(6, LedgerView.pageWithBodies(records, LIMIT).getInt("next"));
  }

  @Test
  void aPageOfLargeBodiesEndsEarlyButNotEmpty() {
    byte[] large = new byte[LedgerView.LARGEST_BODIES];
    JsonObject page =
        LedgerView.pageWithBodies(List.of(entry(4, large), entry(5, new byte[1])), LIMIT);
    assertEquals(1, page.getJsonArray("entries").size());
    assertEquals(4, page.getInt("next"));
  }
}
