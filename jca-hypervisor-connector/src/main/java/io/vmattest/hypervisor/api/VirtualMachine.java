// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.api;

import java.util.UUID;

/** A domain as the hypervisor lists it. */
public record VirtualMachine(UUID id, String name, RunState state, long memoryBytes, int vcpus) {
  /** virDomainState, reduced to what matters here. */
  public enum RunState {
    RUNNING,
    SUSPENDED,
    SHUT_OFF,
    CRASHED,
    OTHER
  }
}
