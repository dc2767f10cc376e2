// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.capture.Failures;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.tee.PeerClosedException;
import io.vmattest.tee.TamperedSnapshotException;
import io.vmattest.tee.TeeException;
import java.lang.reflect.Constructor;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GuestRestorerTest {
  private final LibvirtFailure refused = LibvirtFailure.notConnected("test");

  /** They are made by the measurement module's binding only. */
  private static <T extends TeeException> T make(Class<T> type, Object... arguments)
      throws ReflectiveOperationException {
    for (Constructor<?> constructor : type.getDeclaredConstructors()) {
      constructor.setAccessible(true);
      return type.cast(constructor.newInstance(arguments));
    }
    throw new AssertionError(type);
  }

  private static HypervisorException why(TeeException broken, Optional<LibvirtFailure> refused) {
    return GuestRestorer.why(Optional.of(Failures.of(Reason.RESTORE_FAILED, broken)), refused)
        .orElseThrow();
  }

  @Test
  void aPipeThatLibvirtClosedIsTheConsequenceOfItsRefusal() throws Exception {
    TeeException closed = make(PeerClosedException.class, 32, "the pipe is closed");
    HypervisorException why = why(closed, Optional.of(refused));
    assertSame(refused, why.getCause());
    assertSame(closed, why.getSuppressed()[0].getCause());
  }

  @Test
  void aRefusalOfATruncatedImageIsTheConsequenceOfTheDamage() throws Exception {
    TeeException damaged =
        make(TamperedSnapshotException.class, 74, "page 1 differs", Optional.empty());
    HypervisorException why = why(damaged, Optional.of(refused));
    assertEquals(Reason.SNAPSHOT_DAMAGED, why.reason());
    assertSame(refused, why.getSuppressed()[0]);
  }

  @Test
  void oneFailureAloneIsTheCause() throws Exception {
    TeeException closed = make(PeerClosedException.class, 32, "the pipe is closed");
    assertSame(closed, why(closed, Optional.empty()).getCause());
    assertSame(
        refused,
        GuestRestorer.why(Optional.empty(), Optional.of(refused)).orElseThrow().getCause());
    assertEquals(Optional.empty(), GuestRestorer.why(Optional.empty(), Optional.empty()));
  }
}
