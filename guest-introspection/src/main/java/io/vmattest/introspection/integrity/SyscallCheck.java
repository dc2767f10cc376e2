// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import io.vmattest.introspection.finding.Finding.Kind;
import io.vmattest.introspection.finding.Severity;
import io.vmattest.introspection.memory.MalformedGuestException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/**
 * Checks where system calls lead. Newer kernels do not use the table, and keep it: both are
 * checked, for each is what something in the kernel goes by.
 */
final class SyscallCheck {
  private static final int BRANCH = 5;

  private final LiveKernel live;
  private final Digests digest = new Digests();
  private long targets;

  SyscallCheck(LiveKernel live) {
    this.live = live;
  }

  /** Whether an address lies in a table that this check reports on. */
  static boolean owns(Names names, long address) {
    return names.before(address).filter(at -> Syscalls.TABLES.contains(at.name())).isPresent();
  }

  /** Against the image. */
  CodeComponent against(Syscalls expected) throws MalformedGuestException {
    for (Syscalls.Table table : expected.tables()) {
      long start = table.address() + live.offset();
      ByteBuffer entries = words(start, table.targets().size() * Long.BYTES);
      digest.add(table.name());
      for (int i = 0; i < table.targets().size(); i++) {
        long target = entries.getLong();
        long wanted = table.targets().get(i);
        long canonical = wanted == 0 && target == 0 ? 0 : target - live.offset();
        digest.add(canonical);
        targets++;
        if (canonical != wanted) {
          report(table.name(), i, start, live.names().describe(wanted + live.offset()), target);
        }
      }
    }
    for (Dispatcher.Branch branch : expected.dispatch()) {
      branch(branch);
    }
    return component(true);
  }

  private void branch(Dispatcher.Branch expected) throws MalformedGuestException {
    long address = expected.address() + live.offset();
    ByteBuffer code = words(address, BRANCH);
    long target = expected.address() + BRANCH + code.getInt(1);
    digest.add(expected.address()).add(target);
    targets++;
    if (target != expected.target()) {
      live.critical(
          Kind.SYSCALL_HOOKED,
          address,
          live.names().describe(expected.target() + live.offset()),
          live.names().describe(target + live.offset()));
    }
  }

  /**
   * By the guest's own symbols: each entry is the start of a system call, and each entry of the
   * table is a target of the dispatcher, where there is one.
   */
  CodeComponent alone() throws MalformedGuestException {
    Set<Long> syscalls = syscalls();
    Set<Long> reached = dispatched(syscalls);
    for (String name : Syscalls.TABLES) {
      OptionalLong start = live.names().address(name);
      if (start.isPresent()) {
        digest.add(name);
        boolean direct = name.equals(Syscalls.TABLES.get(0)) && !reached.isEmpty();
        table(name, start.getAsLong(), syscalls, direct ? Optional.of(reached) : Optional.empty());
      }
    }
    reached.forEach(this::add);
    return component(false);
  }

  private void table(String name, long start, Set<Long> syscalls, Optional<Set<Long>> reached)
      throws MalformedGuestException {
    ByteBuffer entries = words(start, size(start) & -Long.BYTES);
    for (int i = 0; entries.hasRemaining(); i++) {
      long target = entries.getLong();
      if (target == 0) {
        continue;
      }
      add(target);
      if (!live.inText(target) || !syscalls.contains(target)) {
        report(name, i, start, "a system call of the kernel", target);
      } else if (reached.isPresent() && !reached.get().contains(target)) {
        live.critical(
            Kind.SYSCALL_HOOKED,
            live.required(Dispatcher.NAMES.get(0)),
            "a branch to " + live.names().describe(target),
            "none");
      }
    }
  }

  private Set<Long> dispatched(Set<Long> syscalls) throws MalformedGuestException {
    Set<Long> reached = new TreeSet<>();
    OptionalLong start = live.names().address(Dispatcher.NAMES.get(0));
    if (start.isPresent()) {
      byte[] code = live.bytes(start.getAsLong(), size(start.getAsLong()), Syscalls.MAX_SIZE);
      Dispatcher.branches(code, start.getAsLong(), syscalls::contains)
          .forEach(branch -> reached.add(branch.target()));
    }
    return reached;
  }

  private Set<Long> syscalls() {
    Set<Long> found = new HashSet<>();
    var symbols = live.kernel().symbols();
    for (int i = 0; i < symbols.size(); i++) {
      var symbol = symbols.get(i);
      if (Syscalls.isSyscall(symbol.name())) {
        found.add(symbol.address());
      }
    }
    return found;
  }

  private int size(long start) {
    long size = live.names().after(start).orElse(start) - start;
    return (int) Math.max(0, Math.min(Syscalls.MAX_SIZE, size));
  }

  private void add(long target) {
    digest.add(target);
    targets++;
  }

  private void report(String table, int number, long start, String expected, long found) {
    live.findings()
        .add(
            Kind.SYSCALL_HOOKED,
            Severity.CRITICAL,
            "%s[%d]".formatted(table, number),
            expected,
            live.names().describe(found),
            start + (long) number * Long.BYTES);
  }

  private ByteBuffer words(long address, int length) throws MalformedGuestException {
    return ByteBuffer.wrap(live.bytes(address, length, Syscalls.MAX_SIZE))
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  private CodeComponent component(boolean canonical) {
    return new CodeComponent(CodeComponent.Part.SYSCALLS, digest.hex(), targets, canonical);
  }
}
