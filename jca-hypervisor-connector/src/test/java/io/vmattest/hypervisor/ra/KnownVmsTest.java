// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.api.VirtualMachineEvent;
import io.vmattest.hypervisor.api.VirtualMachineEvent.Type;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class KnownVmsTest {
  private static final UUID VM = UUID.randomUUID();
  private static final Set<UUID> NONE = Set.of();

  private final KnownVms known = new KnownVms(Clock.fixed(Instant.EPOCH, ZoneOffset.UTC));

  private static List<KnownVms.Vm> listed(int number) {
    return List.of(new KnownVms.Vm(VM, "vm", number));
  }

  private boolean isNews(Type type) {
    return known.isNews(new VirtualMachineEvent(VM, "vm", type, Instant.EPOCH), false);
  }

  private boolean isNewsDuringRollback(Type type) {
    return known.isNews(new VirtualMachineEvent(VM, "vm", type, Instant.EPOCH), true);
  }

  private static List<Type> types(List<VirtualMachineEvent> events) {
    return events.stream().map(VirtualMachineEvent::type).toList();
  }

  @Test
  void whatWasThereAtFirstIsNoNews() {
    known.start(listed(3));
    assertEquals(List.of(), known.missed(listed(3), NONE));
  }

  @Test
  void aVmThatStoppedUnseenIsTold() {
    known.start(listed(3));
    assertEquals(List.of(Type.STOPPED), types(known.missed(listed(-1), NONE)));
    assertEquals(List.of(), known.missed(listed(-1), NONE));
  }

  @Test
  void aVmThatWasRemovedUnseenIsToldToHaveStopped() {
    known.start(listed(3));
    assertEquals(List.of(Type.STOPPED), types(known.missed(List.of(), NONE)));
  }

  @Test
  void aVmThatStartedUnseenIsTold() {
    known.start(listed(-1));
    assertEquals(List.of(Type.STARTED), types(known.missed(listed(3), NONE)));
    assertEquals(List.of(), known.missed(listed(3), NONE));
  }

  @Test
  void aVmThatStartedAnewUnseenIsToldToHaveStoppedAndStarted() {
    known.start(listed(3));
    assertEquals(List.of(Type.STOPPED, Type.STARTED), types(known.missed(listed(4), NONE)));
  }

  @Test
  void whatTheListHasToldIsNotToldAgainByAnEvent() {
    known.start(listed(-1));
    known.missed(listed(3), NONE);
    assertFalse(isNews(Type.STARTED));
    assertTrue(isNews(Type.STOPPED));
    assertFalse(isNews(Type.STOPPED));
  }

  @Test
  void aListNeverAnticipatesAnEvent() {
    known.start(listed(-1));
    assertEquals(List.of(), known.refresh(listed(3), NONE));
    assertTrue(isNews(Type.STARTED));
  }

  @Test
  void aDifferenceThatStaysIsToldThoughNoEventCame() {
    known.start(listed(3));
    assertEquals(List.of(), known.refresh(listed(-1), NONE));
    assertEquals(List.of(Type.STOPPED), types(known.refresh(listed(-1), NONE)));
    assertEquals(List.of(), known.refresh(listed(-1), NONE));
    assertFalse(isNews(Type.STOPPED));
  }

  @Test
  void aDifferenceThatItsEventHasToldIsNotToldAgain() {
    known.start(listed(3));
    assertEquals(List.of(), known.refresh(listed(-1), NONE));
    assertTrue(isNews(Type.STOPPED));
    assertEquals(List.of(), known.refresh(listed(-1), NONE));
    assertEquals(List.of(), known.refresh(listed(-1), NONE));
  }

  @Test
  void theNumberOfAVmThatStartedIsLearnt() {
    known.start(listed(-1));
    assertTrue(isNews(Type.STARTED));
    known.refresh(listed(3), NONE);
    assertEquals(List.of(Type.STOPPED, Type.STARTED), types(known.missed(listed(4), NONE)));
  }

  @Test
  void aRollbackIsNoEventOfTheVmsLife() {
    known.start(listed(3));
    assertFalse(isNewsDuringRollback(Type.STOPPED));
    assertEquals(List.of(), known.refresh(listed(-1), Set.of(VM)));
    assertFalse(isNewsDuringRollback(Type.STARTED));
    // One that comes after the rollback is over.
    assertFalse(isNews(Type.STARTED));
    assertEquals(List.of(), known.refresh(listed(4), NONE));
    assertEquals(List.of(), known.missed(listed(4), NONE));
  }

  @Test
  void aRollbackThatLeavesNoVmIsTold() {
    known.start(listed(3));
    assertFalse(isNewsDuringRollback(Type.STOPPED));
    assertEquals(List.of(Type.STOPPED), types(known.refresh(listed(-1), NONE)));
    assertEquals(List.of(), known.refresh(listed(-1), NONE));
  }

  @Test
  void aRollbackDuringAReconnectIsNotTaken() {
    known.start(listed(3));
    assertEquals(List.of(), known.missed(listed(-1), Set.of(VM)));
    assertEquals(List.of(), known.missed(listed(4), NONE));
  }

  @Test
  void aCrashIsToldInAnyCase() {
    known.start(listed(3));
    assertTrue(isNewsDuringRollback(Type.CRASHED));
    assertTrue(isNews(Type.CRASHED));
  }

  @Test
  void aVmThatMigratedAwayHasNotStopped() {
    known.start(listed(3));
    assertTrue(isNews(Type.MIGRATED));
    assertEquals(List.of(), known.refresh(List.of(), NONE));
    assertEquals(List.of(), known.missed(List.of(), NONE));
  }
}
