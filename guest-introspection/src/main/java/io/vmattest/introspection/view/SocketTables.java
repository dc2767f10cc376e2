// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import io.vmattest.introspection.memory.AddressSpace;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.MalformedGuestException.Reason;
import io.vmattest.introspection.structure.Chains;
import io.vmattest.introspection.structure.Field;
import io.vmattest.introspection.structure.Findings;
import io.vmattest.introspection.structure.Struct;
import io.vmattest.introspection.structure.Structures;
import io.vmattest.introspection.structure.Walk;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/** Finds sockets in the hash tables by which packets find theirs. */
final class SocketTables {
  static final int MAX_SOCKETS = 1 << 16;

  /** As many as the kernel makes at most for a table, 512 Ki, fit. */
  private static final int MAX_TABLE = 16 << 20;

  private static final int CHUNK = 4096;

  private final Structures structures;
  private final AddressSpace space;
  private final Findings findings;
  private final Chains chains;
  private final SocketReader reader;
  private final Set<Long> found = new LinkedHashSet<>();

  SocketTables(Structures structures, SocketReader reader, Findings findings) {
    this.structures = structures;
    this.space = structures.space();
    this.findings = findings;
    this.chains = new Chains(space, 4 * MAX_SOCKETS);
    this.reader = reader;
  }

  /**
   * The addresses of their struct sock.
   *
   * @param networks network namespaces that may have tables of their own
   */
  Set<Long> sockets(Collection<Long> networks) {
    tables("tcp_hashinfo", "ipv4.tcp_death_row.hashinfo", networks, this::tcp);
    tables("udp_table", "ipv4.udp_table", networks, this::udp);
    return found;
  }

  private void tables(String global, String field, Collection<Long> networks, Table table) {
    Set<Long> addresses = new LinkedHashSet<>();
    try {
      addresses.add(structures.symbol(global));
      Optional<Field> own = structures.struct("net").optional(field);
      if (own.isPresent()) {
        for (long network : networks) {
          addresses.add(own.get().pointer(network));
        }
      }
    } catch (MalformedGuestException e) {
      findings.malformed(global, e);
    }
    addresses.remove(0L);
    for (long address : addresses) {
      try {
        table.read(address);
      } catch (MalformedGuestException e) {
        findings.malformed(global, e);
      }
    }
  }

  private void tcp(long table) throws MalformedGuestException {
    Struct info = structures.struct("inet_hashinfo");
    Struct connected = structures.struct("inet_ehash_bucket");
    Struct listening = structures.struct("inet_listen_hashbucket");
    new Buckets(info.field("ehash"), info.field("ehash_mask"), connected, "chain", true)
        .read(table);
    new Buckets(info.field("lhash2"), info.field("lhash2_mask"), listening, "nulls_head", true)
        .read(table);
  }

  private void udp(long table) throws MalformedGuestException {
    Struct info = structures.struct("udp_table");
    Struct slot = structures.struct("udp_hslot");
    new Buckets(info.field("hash"), info.field("mask"), slot, "head", false).read(table);
  }

  private interface Table {
    void read(long address) throws MalformedGuestException;
  }

  /** An array of list heads. */
  private final class Buckets {
    private final Field array;
    private final Field mask;
    private final long size;
    private final long headOffset;
    private final boolean nulls;

    Buckets(Field array, Field mask, Struct bucket, String head, boolean nulls)
        throws MalformedGuestException {
      this.array = array;
      this.mask = mask;
      this.size = Math.max(8, bucket.size());
      this.headOffset = bucket.field(head).offset();
      this.nulls = nulls;
    }

    void read(long table) throws MalformedGuestException {
      long start = array.pointer(table);
      long count = mask.get(table) + 1;
      if (count > MAX_TABLE / size) {
        throw new MalformedGuestException(Reason.TOO_LARGE, table, count + " buckets of sockets");
      }
      ByteBuffer chunk = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
      long perChunk = Math.max(1, CHUNK / size);
      for (long first = 0; first < count; first += perChunk) {
        int wanted = (int) Math.min(perChunk, count - first);
        space.readFully(start + first * size, chunk.clear().limit((int) (wanted * size)));
        for (int i = 0; i < wanted; i++) {
          long head = chunk.getLong((int) (i * size + headOffset));
          boolean used = nulls ? (head & 1) == 0 : head != 0;
          if (used && !chain(start + (first + i) * size + headOffset)) {
            return;
          }
        }
      }
    }

    /** Whether others may be walked after it. */
    private boolean chain(long head) {
      int left = MAX_SOCKETS - found.size();
      Walk walk =
          nulls
              ? chains.nulls(head, reader.nullsNode, left)
              : chains.hlist(head, reader.node, left);
      findings.malformed("sockets of a hash", walk.fault());
      found.addAll(walk.entries());
      return walk.fault().map(fault -> fault.reason() != Reason.TOO_LARGE).orElse(true);
    }
  }
}
