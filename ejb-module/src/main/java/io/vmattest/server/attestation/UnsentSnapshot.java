// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.attestation;

import io.vmattest.core.report.Digest;
import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import jakarta.transaction.TransactionSynchronizationRegistry;
import java.util.Optional;

/** A snapshot that a capture has left in the store, though its report was never sent. */
final class UnsentSnapshot {
  /** Who completes a transaction that took too long is another thread. */
  private volatile Optional<Digest> digest = Optional.empty();

  /** Takes note if the transaction that the report is sent in is rolled back. */
  void watch(TransactionSynchronizationRegistry transactions, Digest snapshot) {
    try {
      transactions.registerInterposedSynchronization(new Watcher(snapshot));
    } catch (IllegalStateException e) {
      // It is rolled back already.
      digest = Optional.of(snapshot);
      throw e;
    }
  }

  private final class Watcher implements Synchronization {
    private final Digest snapshot;

    Watcher(Digest snapshot) {
      this.snapshot = snapshot;
    }

    @Override
    public void beforeCompletion() {}

    @Override
    public void afterCompletion(int status) {
      if (status == Status.STATUS_ROLLEDBACK) {
        digest = Optional.of(snapshot);
      }
    }
  }

  Optional<Digest> digest() {
    return digest;
  }
}
