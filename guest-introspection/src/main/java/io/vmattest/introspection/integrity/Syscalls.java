// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.vmlinux.ImageSymbols;
import io.vmattest.introspection.image.vmlinux.KernelImage;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * Where a kernel's system calls lead, by its image; addresses are those of linking.
 *
 * @param tables as many of {@link #TABLES} as there are
 * @param dispatch the branches of all dispatchers
 */
record Syscalls(List<Table> tables, List<Dispatcher.Branch> dispatch) {
  static final List<String> TABLES =
      List.of("sys_call_table", "x32_sys_call_table", "ia32_sys_call_table");

  /** Some times as much as any table or dispatcher has. */
  static final int MAX_SIZE = 1 << 16;

  /**
   * A table.
   *
   * @param targets 0 where padding follows the table
   */
  record Table(String name, long address, List<Long> targets) {}

  static Syscalls of(KernelImage image) throws MalformedImageException {
    List<Table> tables = new ArrayList<>();
    for (String name : TABLES) {
      OptionalLong start = image.symbols().address(name);
      if (start.isPresent()) {
        tables.add(table(image, name, start.getAsLong()));
      }
    }
    List<Dispatcher.Branch> dispatch = new ArrayList<>();
    for (String name : Dispatcher.NAMES) {
      OptionalLong start = image.symbols().address(name);
      if (start.isPresent()) {
        int size = size(image.symbols(), start.getAsLong());
        dispatch.addAll(
            Dispatcher.branches(
                image.loaded().copy(start.getAsLong(), size),
                start.getAsLong(),
                target -> isSyscall(image.symbols(), target)));
      }
    }
    return new Syscalls(List.copyOf(tables), List.copyOf(dispatch));
  }

  private static Table table(KernelImage image, String name, long start)
      throws MalformedImageException {
    List<Long> targets = new ArrayList<>();
    int size = size(image.symbols(), start);
    for (int at = 0; at + Long.BYTES <= size; at += Long.BYTES) {
      targets.add(image.loaded().u64(start + at));
    }
    return new Table(name, start, List.copyOf(targets));
  }

  private static int size(ImageSymbols symbols, long start) {
    return (int) Math.min(MAX_SIZE, symbols.after(start).orElse(start) - start);
  }

  private static boolean isSyscall(ImageSymbols symbols, long target) {
    return symbols.at(target).filter(Syscalls::isSyscall).isPresent();
  }

  static boolean isSyscall(String function) {
    return function.contains("sys_") && !Dispatcher.NAMES.contains(function);
  }
}
