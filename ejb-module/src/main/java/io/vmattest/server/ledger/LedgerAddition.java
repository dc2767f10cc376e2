// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.ledger.LedgerEntryData;
import java.util.Optional;
import java.util.UUID;

/**
 * What is to become an entry.
 *
 * @param vm the virtual machine that it is about, where it is about one
 * @param body the signed report of a REPORT, JSON otherwise
 * @param summary one sentence, for people; what is longer than a row takes is cut off
 */
public record LedgerAddition(
    LedgerEntryData.Type type, Optional<UUID> vm, byte[] body, String summary) {
  private static final int LONGEST_SUMMARY = 1000;

  public LedgerAddition {
    summary = summary.substring(0, Math.min(summary.length(), LONGEST_SUMMARY));
  }
}
