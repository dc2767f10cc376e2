// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import io.vmattest.introspection.memory.AddressSpace;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.MalformedGuestException.Reason;
import io.vmattest.introspection.structure.Field;
import io.vmattest.introspection.structure.Findings;
import io.vmattest.introspection.structure.Structures;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Finds sockets among the files that tasks have open. */
final class SocketFiles {
  /** Of one task; what is beyond is given up, with a finding. */
  private static final int MAX_FILES = 1 << 16;

  /** Of all tasks. */
  private static final int MAX_ALL_FILES = 1 << 20;

  /** Pairs of a socket and a process that has it. */
  private static final int MAX_LINKS = 1 << 18;

  private final AddressSpace space;
  private final Findings findings;
  private final Field files;
  private final Field tgid;
  private final Field table;
  private final Field size;
  private final Field array;
  private final Field operations;
  private final Field content;
  private final Field sock;
  private final long socketOperations;
  private final Map<Long, Set<Long>> owners = new LinkedHashMap<>();
  private int left = MAX_ALL_FILES;
  private int linksLeft = MAX_LINKS;

  SocketFiles(Structures structures, TaskFields fields, Findings findings)
      throws MalformedGuestException {
    this.space = structures.space();
    this.findings = findings;
    this.files = fields.files;
    this.tgid = fields.tgid;
    this.table = structures.struct("files_struct").field("fdt");
    this.size = structures.struct("fdtable").field("max_fds");
    this.array = structures.struct("fdtable").field("fd");
    this.operations = structures.struct("file").field("f_op");
    this.content = structures.struct("file").field("private_data");
    this.sock = structures.struct("socket").field("sk");
    this.socketOperations = structures.symbol("socket_file_ops");
  }

  /** The processes, by the struct sock that they have open. */
  Map<Long, Set<Long>> owners(Collection<Long> tasks) {
    Map<Long, Set<Long>> processes = new HashMap<>();
    for (long task : tasks) {
      try {
        long own = files.pointer(task);
        if (own != 0) {
          processes.computeIfAbsent(own, key -> new TreeSet<>()).add(tgid.signed(task));
        }
      } catch (MalformedGuestException e) {
        findings.malformed("files of task_struct at 0x%x".formatted(task), e);
      }
    }
    processes.forEach(this::files);
    return owners;
  }

  private void files(long own, Set<Long> pids) {
    try {
      long descriptors = table.pointer(own);
      long count = size.get(descriptors);
      byte[] bytes =
          space.bytes(array.pointer(descriptors), 8 * count, 8 * Math.min(MAX_FILES, left));
      left -= (int) count;
      LongBuffer all = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer();
      while (all.hasRemaining()) {
        long file = all.get();
        if (file != 0) {
          file(file, pids);
        }
      }
    } catch (MalformedGuestException e) {
      findings.malformed("files of processes " + pids, e);
    }
  }

  private void file(long file, Set<Long> pids) {
    try {
      if (operations.get(file) == socketOperations) {
        long socket = content.pointer(file);
        long inner = socket == 0 ? 0 : sock.pointer(socket);
        if (inner != 0) {
          linksLeft -= pids.size();
          if (linksLeft < 0) {
            linksLeft = 0;
            throw new MalformedGuestException(Reason.TOO_LARGE, file, "sockets of too many owners");
          }
          owners.computeIfAbsent(inner, key -> new TreeSet<>()).addAll(pids);
        }
      }
    } catch (MalformedGuestException e) {
      findings.malformed("files of processes " + pids, e);
    }
  }
}
