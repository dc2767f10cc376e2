// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.kernels;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.server.events.EventPublisher;
import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.ledger.LedgerRecord;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/** Records which kernels guests are compared with: entry and event in one transaction. */
@Stateless
@TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
public class KernelRecorder {
  @Inject Ledger ledger;
  @Inject EventPublisher events;

  /** Says that a kernel was taken in. */
  public void imported(Kernel kernel) {
    LedgerRecord entry =
        ledger.append(
            LedgerEntryData.Type.KERNEL,
            Optional.empty(),
            KernelJson.of(kernel).toString().getBytes(StandardCharsets.UTF_8),
            "Reference Values of kernel " + kernel.release());
    events.publish(
        entry.hash().hex(),
        new ServerEvent(
            ServerEvent.Type.KERNEL_IMPORTED,
            entry.data().at(),
            Optional.empty(),
            Map.of(
                "release", kernel.release(),
                "buildId", kernel.buildId(),
                "ledgerIndex", Long.toString(entry.data().index()),
                "entryHash", entry.hash().hex())));
  }
}
