// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import io.vmattest.introspection.image.module.ModuleImage;
import io.vmattest.introspection.image.text.CanonicalText;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Modules as they were laid out for the guests last looked at. Where one module lies tells what
 * others hold, so that all of a guest's modules have to lie where they lay.
 */
final class PreparedModules {
  private static final int MAX_GUESTS = 8;

  private final Map<Key, Map<String, Prepared>> guests = new LinkedHashMap<>(16, 0.75f, true);

  private record Key(long offset, List<LoadedModule> modules) {}

  /**
   * A module that is ready to be compared.
   *
   * @param code what was live when it was made; not to be changed
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Prepared(ModuleImage image, CanonicalText text, byte[] code) {}

  synchronized Optional<Prepared> get(
      long offset, List<LoadedModule> modules, String name, byte[] code) {
    Map<String, Prepared> guest = guests.getOrDefault(new Key(offset, modules), Map.of());
    return Optional.ofNullable(guest.get(name)).filter(it -> Arrays.equals(it.code(), code));
  }

  synchronized void put(long offset, List<LoadedModule> modules, String name, Prepared prepared) {
    guests
        .computeIfAbsent(new Key(offset, modules), any -> new LinkedHashMap<>())
        .put(name, prepared);
    if (guests.size() > MAX_GUESTS) {
      guests.remove(guests.keySet().iterator().next());
    }
  }
}
