// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.api;

import java.io.Serializable;
import java.time.Instant;
import java.util.UUID;

/** A life-cycle event (virDomainEventType). */
public record VirtualMachineEvent(UUID vm, String name, Type type, Instant at)
    implements Serializable {
  /** What happened. */
  public enum Type {
    STARTED,
    SUSPENDED,
    RESUMED,
    STOPPED,
    SHUTDOWN,
    CRASHED,
    MIGRATED,
    DEFINED,
    UNDEFINED
  }
}
