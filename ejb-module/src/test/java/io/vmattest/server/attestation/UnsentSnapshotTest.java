// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.attestation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.core.report.Digest;
import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import jakarta.transaction.TransactionSynchronizationRegistry;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnsentSnapshotTest {
  private static final Digest SNAPSHOT = Digest.sha256(new byte[] {1});

  private final List<Synchronization> registered = new ArrayList<>();
  private final UnsentSnapshot unsent = new UnsentSnapshot();
  private boolean over;

  @Test
  void aSnapshotWhoseReportWasNotSentIsKnown() {
    unsent.watch(transactions(), SNAPSHOT);
    assertEquals(Optional.empty(), unsent.digest());
    complete(Status.STATUS_ROLLEDBACK);
    assertEquals(Optional.of(SNAPSHOT), unsent.digest());
  }

  @ParameterizedTest
  @ValueSource(ints = {Status.STATUS_COMMITTED, Status.STATUS_UNKNOWN})
  void oneWhoseReportWasOrMayHaveBeenSentIsKept(int status) {
    unsent.watch(transactions(), SNAPSHOT);
    complete(status);
    assertEquals(Optional.empty(), unsent.digest());
  }

  @Test
  void aTransactionThatTimedOutDuringTheCaptureSendsNothing() {
    over = true;
    assertThrows(IllegalStateException.class, () -> unsent.watch(transactions(), SNAPSHOT));
    assertEquals(Optional.of(SNAPSHOT), unsent.digest());
  }

  private void complete(int status) {
    registered.forEach(Synchronization::beforeCompletion);
    registered.forEach(synchronization -> synchronization.afterCompletion(status));
  }

  private TransactionSynchronizationRegistry transactions() {
    return (TransactionSynchronizationRegistry)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {TransactionSynchronizationRegistry.class},
            (proxy, method, arguments) -> {
              if (over) {
                throw new IllegalStateException("no transaction");
              }
              registered.add((Synchronization) arguments[0]);
              return null;
            });
  }
}
