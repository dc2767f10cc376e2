// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.ledger;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.core.ledger.LedgerFinding.Kind;
import io.vmattest.core.report.Digest;
import io.vmattest.core.tlog.Checkpoint;
import io.vmattest.core.tlog.CounterBinding;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CounterOrderTest {
  private final LedgerFindings findings = new LedgerFindings();
  private CounterOrder order = new CounterOrder(findings, Map.of(), Set.of());
  private long size;

  private void signed(String counter, long value) {
    size++;
    order.next(
        new Checkpoint(
            "log.example/vms",
            size,
            Digest.sha256(new byte[0]),
            List.of(new CounterBinding(counter, value).line())));
  }

  private void acknowledged(String counter) {
    order.next(
        "{\"what\":\"older-database-acknowledged\",\"counter\":\"%s\"}"
            .formatted(counter)
            .getBytes(UTF_8));
  }

  private void assertFound(Long... sizes) {
    assertEquals(
        List.of(sizes),
        findings.all().stream()
            .filter(finding -> finding.kind() == Kind.CHECKPOINT_COUNTER)
            .map(LedgerFinding::index)
            .toList());
  }

  @Test
  void aServersCheckpointsNameEachValueAfterTheOther() {
    signed("a", 7);
    signed("a", 8);
    signed("a", 10);
    signed("a", 10);
    signed("a", 11);
    assertFound(3L, 4L);
  }

  @Test
  void theCountersOfSeveralServersGoOnEachByItself() {
    signed("a", 7);
    acknowledged("b");
    signed("a", 8);
    signed("b", 100);
    signed("a", 9);
    signed("b", 101);
    signed("b", 103);
    signed("a", 10);
    assertFound(6L);
  }

  @Test
  void aFurtherCounterThatNobodyAcknowledgedIsFound() {
    signed("a", 7);
    acknowledged("a");
    signed("b", 1);
    signed("b", 2);
    assertFound(2L);
  }

  @Test
  void anAcknowledgementHoldsForOneCheckpointOfItsCounter() {
    signed("a", 7);
    acknowledged("a");
    signed("a", 20);
    signed("a", 30);
    assertFound(3L);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{\"what\":\"older-database-acknowledged\"}",
        "{\"what\":\"keys-rotated\",\"counter\":\"a\"}",
        "{\"what\":\"older-database-acknowledged\",\"counter\":[\"a\"]}",
        "{\"what\":\"older-database-acknowledged\",\"counter\":\"a b\"}"
      })
  void whateverElseAnEntrySaysAcknowledgesNothing(String body) {
    signed("a", 7);
    order.next(body.getBytes(UTF_8));
    signed("a", 20);
    assertFound(2L);
    assertEquals(Set.of(), order.acknowledged());
  }

  @Test
  void itGoesOnWhereItWas() {
    signed("a", 7);
    acknowledged("b");
    order = new CounterOrder(findings, order.last(), order.acknowledged());
    signed("b", 3);
    signed("a", 8);
    assertFound();
    assertEquals(Map.of("a", 8L, "b", 3L), order.last());
  }
}
