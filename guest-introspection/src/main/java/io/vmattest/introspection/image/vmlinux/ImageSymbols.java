// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.vmlinux;

import io.vmattest.introspection.image.MalformedImageException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiConsumer;

/**
 * The symbols of a kernel on disk, out of its own kallsyms tables: a booted kernel is stripped and
 * has no others. Addresses are those of linking; of a name that several symbols bear the first is
 * kept.
 */
public final class ImageSymbols {
  private final Map<String, Long> addresses;
  private final Map<Long, String> names;
  private final long[] sorted;

  private final Optional<ImageSymbols> others;

  private ImageSymbols(
      Map<String, Long> addresses, Map<Long, String> names, Optional<ImageSymbols> others) {
    this.addresses = addresses;
    this.names = names;
    this.others = others;
    this.sorted = names.keySet().stream().mapToLong(Long::longValue).sorted().toArray();
  }

  static ImageSymbols find(LoadedBytes loaded) throws MalformedImageException {
    KallsymsTables tables = KallsymsTables.find(loaded.all());
    String[] names = tables.names();
    long[] addresses = tables.addresses();
    Map<String, Long> byName = new LinkedHashMap<>();
    Map<Long, String> byAddress = new LinkedHashMap<>();
    for (int i = 0; i < names.length; i++) {
      if (names[i].isEmpty()) {
        continue;
      }
      // The first character is the symbol's type, as nm gives it.
      String name = names[i].substring(1);
      byName.putIfAbsent(name, addresses[i]);
      byAddress.putIfAbsent(addresses[i], name);
    }
    return new ImageSymbols(byName, byAddress, Optional.empty());
  }

  /** A module's symbols, of which those that it has not are the kernel's. */
  public static ImageSymbols ofModule(Map<String, Long> addresses, ImageSymbols kernel) {
    Map<Long, String> byAddress = new HashMap<>();
    addresses.forEach((name, address) -> byAddress.putIfAbsent(address, name));
    return new ImageSymbols(Map.copyOf(addresses), byAddress, Optional.of(kernel));
  }

  public int count() {
    return addresses.size();
  }

  public OptionalLong address(String name) {
    OptionalLong own = own(name);
    return own.isPresent() || others.isEmpty() ? own : others.get().address(name);
  }

  /** The address of a symbol of this image itself. */
  public OptionalLong own(String name) {
    Long address = addresses.get(name);
    return address == null ? OptionalLong.empty() : OptionalLong.of(address);
  }

  /** The address of a symbol that every kernel of this kind has. */
  public long required(String name) throws MalformedImageException {
    return address(name)
        .orElseThrow(() -> new MalformedImageException("kallsyms", 0, "does not list " + name));
  }

  /** The first symbol at exactly that address. */
  public Optional<String> at(long address) {
    Optional<String> own = Optional.ofNullable(names.get(address));
    return own.isPresent() || others.isEmpty() ? own : others.get().at(address);
  }

  /** The address of the last symbol that begins at or before an address; empty below the first. */
  public OptionalLong before(long address) {
    int found = Arrays.binarySearch(sorted, address);
    int at = found >= 0 ? found : -found - 2;
    return at < 0 ? OptionalLong.empty() : OptionalLong.of(sorted[at]);
  }

  /** The address of the first symbol that begins behind an address; empty above the last. */
  public OptionalLong after(long address) {
    int found = Arrays.binarySearch(sorted, address);
    int at = found >= 0 ? found + 1 : -found - 1;
    return at >= sorted.length ? OptionalLong.empty() : OptionalLong.of(sorted[at]);
  }

  /** Whether a symbol stands at exactly that address. */
  public boolean isStart(long address) {
    return Arrays.binarySearch(sorted, address) >= 0
        || others.filter(kernel -> kernel.isStart(address)).isPresent();
  }

  /** Of this image itself. */
  public void forEach(BiConsumer<String, Long> consumer) {
    addresses.forEach(consumer);
  }
}
