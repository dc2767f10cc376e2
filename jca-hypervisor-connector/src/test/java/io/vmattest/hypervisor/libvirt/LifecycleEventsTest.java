// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.hypervisor.api.VirtualMachineEvent.Type;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.libvirt.event.DomainEvent;
import org.libvirt.event.DomainEventType;

/** The details are libvirt's numbers (virDomainEventStoppedDetailType and the like). */
class LifecycleEventsTest {
  @ParameterizedTest
  @CsvSource({
    "DEFINED,0,DEFINED", "UNDEFINED,0,UNDEFINED", "STARTED,0,STARTED", "STARTED,1,MIGRATED",
    "SUSPENDED,0,SUSPENDED", "SUSPENDED,1,SUSPENDED", "RESUMED,0,RESUMED", "RESUMED,1,MIGRATED",
    "STOPPED,0,STOPPED", "STOPPED,1,STOPPED", "STOPPED,2,CRASHED", "STOPPED,3,MIGRATED",
    "STOPPED,5,STOPPED", "SHUTDOWN,0,SHUTDOWN", "CRASHED,0,CRASHED"
  })
  void whatHappenedIsToldByKindAndDetail(DomainEventType kind, int detail, Type told) {
    assertEquals(Optional.of(told), LifecycleEvents.type(new DomainEvent(kind, detail)));
  }

  @ParameterizedTest
  @CsvSource({"CRASHED,1,CRASHED", "STOPPED,99,STOPPED", "STARTED,99,STARTED"})
  void aDetailOfANewerLibvirtDoesNotHideTheKind(DomainEventType kind, int detail, Type told) {
    assertEquals(Optional.of(told), LifecycleEvents.type(new DomainEvent(kind, detail)));
  }

  @Test
  void whatMeansNothingHereIsNotTold() {
    DomainEvent sleeping = new DomainEvent(DomainEventType.PMSUSPENDED, 0);
    assertEquals(Optional.empty(), LifecycleEvents.type(sleeping));
  }
}
