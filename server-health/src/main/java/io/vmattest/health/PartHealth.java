// SPDX-License-Identifier: Apache-2.0
package io.vmattest.health;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * How a part of the application is, as it says itself. Checks cannot inject the parts: WildFly
 * finds checks only in the EAR's libraries, and these do not see its modules.
 *
 * @param data for people: names and values that say more, such as a reason
 */
public record PartHealth(boolean up, Map<String, String> data) {
  private static final Map<String, Supplier<PartHealth>> PARTS = new ConcurrentHashMap<>();

  public PartHealth {
    data = Map.copyOf(data);
  }

  /**
   * Makes a part known.
   *
   * @param asked on any thread, whenever somebody wants to know
   */
  public static void tell(String part, Supplier<PartHealth> asked) {
    PARTS.put(part, asked);
  }

  /** The part has stopped. */
  public static void forget(String part) {
    PARTS.remove(part);
  }

  /** Asks a part; one that is not known is down. */
  static PartHealth of(String part) {
    return PARTS
        .getOrDefault(part, () -> new PartHealth(false, Map.of("reason", "not started")))
        .get();
  }
}
