// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import io.vmattest.introspection.finding.Finding.Kind;
import io.vmattest.introspection.finding.Severity;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.structure.Chains;
import io.vmattest.introspection.structure.Field;
import io.vmattest.introspection.structure.Struct;
import io.vmattest.introspection.structure.Walk;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What the kernel's own lists say of tracing, so that a call out of its text which they know is
 * told from one that they do not: ftrace_ops_list (singly linked, to ftrace_list_end),
 * direct_functions (an ftrace_hash) and kprobe_table (64 heads). All are writable by whoever can
 * patch code; read when first asked for.
 */
final class Tracing {
  private static final int MAX_OPS = 4096;
  private static final int MAX_ENTRIES = 65_536;
  private static final int KPROBE_BUCKETS = 64;
  private static final int MAX_BUCKET_BITS = 16;
  private static final int INT3 = 0xcc;
  private static final int JMP = 0xe9;

  private final LiveKernel live;
  private boolean read;

  /** How many entries of hashes may be read: each bucket could lead through all of memory. */
  private int left = MAX_ENTRIES;

  /** Where a trampoline begins, and whose it is. */
  private final Map<Long, String> trampolines = new HashMap<>();

  /** Traced place to the program that it goes to. */
  private final Map<Long, Long> direct = new HashMap<>();

  private final Set<Long> probes = new HashSet<>();

  Tracing(LiveKernel live) {
    this.live = live;
  }

  /** Reports a call that the kernel's lists know; others are not the kernel's. */
  boolean confirm(long site, long target) {
    readOnce();
    Long program = direct.get(site);
    if (program != null && program == target) {
      live.info(Kind.BPF_ATTACHED, site, "not traced", "a program at 0x%x".formatted(target));
      return true;
    }
    String owner = trampolines.get(target);
    if (owner != null) {
      live.findings()
          .add(
              Kind.FUNCTION_TRACED,
              Severity.INFO,
              live.names().describe(site),
              "not traced",
              owner,
              site);
      return true;
    }
    return false;
  }

  /** Whether a changed place is a kprobe's: a breakpoint, or the jump that one is made to. */
  boolean isProbe(long address, byte[] found) {
    int first = Byte.toUnsignedInt(found[0]);
    if (first != INT3 && first != JMP) {
      return false;
    }
    readOnce();
    return probes.contains(address) && found.length <= (first == INT3 ? 1 : 5);
  }

  private void readOnce() {
    if (read) {
      return;
    }
    read = true;
    attempt("ftrace_ops_list", this::operations);
    attempt("direct_functions", this::directCalls);
    attempt("kprobe_table", this::kprobes);
  }

  private interface Reading {
    void run() throws MalformedGuestException;
  }

  private void attempt(String what, Reading reading) {
    if (live.names().address(what).isEmpty()) {
      return;
    }
    try {
      reading.run();
    } catch (MalformedGuestException e) {
      live.findings().malformed(what, e);
    }
  }

  private void operations() throws MalformedGuestException {
    Struct ops = live.structures().struct("ftrace_ops");
    Field next = ops.field("next");
    Field function = ops.field("func");
    Field trampoline = ops.field("trampoline");
    long end = live.required("ftrace_list_end");
    Set<Long> seen = new HashSet<>();
    long at = live.space().u64(live.required("ftrace_ops_list"));
    while (at != end && at != 0 && seen.add(at) && seen.size() < MAX_OPS) {
      long code = trampoline.get(at);
      if (code != 0) {
        trampolines.put(code, "a trampoline to " + live.names().describe(function.get(at)));
      }
      at = next.pointer(at);
    }
  }

  private void directCalls() throws MalformedGuestException {
    long hash = live.space().u64(live.required("direct_functions"));
    Struct table = live.structures().struct("ftrace_hash");
    Struct entry = live.structures().struct("ftrace_func_entry");
    long bits = table.field("size_bits").get(hash);
    if (bits > MAX_BUCKET_BITS) {
      throw new MalformedGuestException(
          MalformedGuestException.Reason.TOO_LARGE, hash, "a hash of 2^" + bits + " buckets");
    }
    long buckets = table.field("buckets").pointer(hash);
    Field ip = entry.field("ip");
    Field target = entry.field("direct");
    for (long i = 0; i < 1L << bits; i++) {
      for (long at : chain(buckets + 8 * i, entry.field("hlist"))) {
        direct.put(ip.get(at), target.get(at));
      }
    }
  }

  private void kprobes() throws MalformedGuestException {
    Struct kprobe = live.structures().struct("kprobe");
    Field address = kprobe.field("addr");
    long table = live.required("kprobe_table");
    for (int i = 0; i < KPROBE_BUCKETS; i++) {
      for (long at : chain(table + 8L * i, kprobe.field("hlist"))) {
        probes.add(address.get(at));
      }
    }
  }

  private Iterable<Long> chain(long head, Field node) {
    Walk walk = new Chains(live.space(), MAX_ENTRIES).hlist(head, node, left);
    left -= walk.entries().size();
    live.findings().malformed(node.name(), walk.fault());
    return walk.entries();
  }
}
