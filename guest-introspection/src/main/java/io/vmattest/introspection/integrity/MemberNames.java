// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import io.vmattest.introspection.kernel.Btf;
import io.vmattest.introspection.kernel.BtfMember;
import io.vmattest.introspection.memory.MalformedGuestException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Names what lies in a table of the kernel by the member of its struct. The types do not tell those
 * of variables, but the kernel's authors do by the variables' endings; only names depend on it.
 */
final class MemberNames {
  private static final Map<String, String> ENDINGS =
      Map.of(
          "operations", "file_operations",
          "fops", "file_operations",
          "iops", "inode_operations",
          "aops", "address_space_operations",
          "sops", "super_operations",
          "dops", "dentry_operations");

  private final LiveKernel live;

  MemberNames(LiveKernel live) {
    this.live = live;
  }

  /** Such as proc_root_operations.iterate_shared; without a known struct the symbol and offset. */
  String describe(long address) {
    Optional<Names.Place> place = live.names().before(address);
    if (place.isPresent()) {
      long start = place.get().start();
      OptionalLong end = live.names().after(start);
      try {
        Optional<String> member =
            member(place.get().name(), address - start, end.orElse(start) - start);
        if (member.isPresent()) {
          return place.get().name() + "." + member.get();
        }
      } catch (MalformedGuestException e) {
        return live.names().describe(address);
      }
    }
    return live.names().describe(address);
  }

  private Optional<String> member(String symbol, long offset, long room)
      throws MalformedGuestException {
    Btf types = live.kernel().types();
    OptionalInt struct = struct(symbol, types);
    if (struct.isEmpty() || types.size(struct.getAsInt()).orElse(Long.MAX_VALUE) > room) {
      return Optional.empty();
    }
    List<BtfMember> all = types.members(struct.getAsInt());
    return all.stream()
        .filter(member -> member.byteOffset() == offset && !member.name().isEmpty())
        .map(BtfMember::name)
        .findFirst();
  }

  /** The struct that the longest ending of the name is called by. */
  private static OptionalInt struct(String symbol, Btf types) {
    for (int at = 0; at >= 0; at = next(symbol, at)) {
      String ending = symbol.substring(at);
      OptionalInt struct = types.composite(ENDINGS.getOrDefault(ending, ending));
      if (struct.isPresent()) {
        return struct;
      }
    }
    return OptionalInt.empty();
  }

  private static int next(String symbol, int at) {
    int underscore = symbol.indexOf('_', at);
    return underscore < 0 ? -1 : underscore + 1;
  }
}
