// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.api;

/**
 * A guest's network interface and its link.
 *
 * @param mac address, as the domain's XML has it
 */
public record NetworkLink(String mac, State state) {
  /** As the domain's XML has it ({@code link state}). */
  public enum State {
    /** Nothing is said of it: it is up. */
    UNSAID,
    UP,
    DOWN
  }

  public boolean isUp() {
    return state != State.DOWN;
  }

  public NetworkLink down() {
    return new NetworkLink(mac, State.DOWN);
  }
}
