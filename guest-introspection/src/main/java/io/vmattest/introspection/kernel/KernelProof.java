// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.kernel;

import io.vmattest.introspection.memory.AddressSpace;
import io.vmattest.introspection.memory.GuestMemory;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.MalformedGuestException.Reason;
import io.vmattest.introspection.memory.VcpuRegisters;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Tells the kernel's own VMCOREINFO from copies and forgeries, which any process of the guest may
 * have in its memory: the page tables must map the kernel as it says, each vCPU must run with the
 * same ones, and the kernel's own variable, found through its own symbols, must point to it.
 */
final class KernelProof {
  /** Parsing one takes some microseconds. */
  private static final int MAX_CANDIDATES = 1 << 18;

  /** Maps that differ and are decoded; each may take a hundred milliseconds. */
  private static final int MAX_MAPS = 12;

  private static final int NOTE_HEADER = 24;

  /**
   * @param info proven
   */
  record Proven(VmcoreInfo info, AddressSpace space, Kallsyms symbols) {}

  private final GuestMemory memory;
  private final List<VcpuRegisters> vcpus;
  private final KernelCache cache;
  private final ByteBuffer text = ByteBuffer.allocate(VmcoreInfo.MAX_SIZE);

  /** Where the VMCOREINFO of each map's kernel is; empty, where its kernel could not be read. */
  private final Map<KernelMap, Set<Long>> places = new HashMap<>();

  /** The last one alone: symbols take tens of MiB, and a guest may show many. */
  private Optional<Decoded> last = Optional.empty();

  private int candidates;
  private String lastRefusal = "none was looked at";

  KernelProof(GuestMemory memory, List<VcpuRegisters> vcpus, KernelCache cache) {
    this.memory = memory;
    this.vcpus = List.copyOf(vcpus);
    this.cache = cache;
  }

  /** Whether this is it. */
  Optional<Proven> of(long physicalAddress) {
    if (++candidates > MAX_CANDIDATES) {
      return Optional.empty();
    }
    try {
      return Optional.of(prove(physicalAddress));
    } catch (MalformedGuestException e) {
      lastRefusal = String.valueOf(e.getMessage());
      return Optional.empty();
    }
  }

  int candidates() {
    return candidates;
  }

  String summary() {
    return candidates == 0
        ? "no VMCOREINFO in memory"
        : candidates + " places with VMCOREINFO, none proven; the last: " + lastRefusal;
  }

  private Proven prove(long physicalAddress) throws MalformedGuestException {
    memory.read(physicalAddress, text.clear());
    byte[] bytes = Arrays.copyOf(text.array(), text.position());
    VmcoreInfo info = VmcoreInfo.parse(bytes, physicalAddress);
    KernelMap map = KernelMap.of(info);
    if (!places(map, info).contains(physicalAddress)) {
      throw new MalformedGuestException(
          Reason.INVALID, physicalAddress, "no pointer of the kernel to this physical address");
    }
    Decoded kernel = last.filter(it -> it.map().equals(map)).orElse(null);
    if (kernel == null) {
      kernel = decode(map, info);
    }
    cache.keep(KernelCache.Key.of(info), kernel.symbols());
    return new Proven(info, kernel.space(), kernel.symbols().decoded());
  }

  private Set<Long> places(KernelMap map, VmcoreInfo info) throws MalformedGuestException {
    Set<Long> known = places.get(map);
    if (known == null) {
      map.requireRunning(map.addressSpace(memory), vcpus);
      if (places.size() >= MAX_MAPS) {
        throw new MalformedGuestException(
            Reason.TOO_LARGE, info.physicalAddress(), "more kernels than are looked at");
      }
      places.put(map, Set.of());
      known = decode(map, info).places();
      places.put(map, known);
    }
    return known;
  }

  private Decoded decode(KernelMap map, VmcoreInfo info) throws MalformedGuestException {
    last = Optional.empty();
    AddressSpace space = map.addressSpace(memory);
    KernelCache.Symbols symbols = cache.symbols(KernelCache.Key.of(info), space, map);
    Decoded decoded = new Decoded(map, space, symbols);
    last = Optional.of(decoded);
    return decoded;
  }

  private record Decoded(KernelMap map, AddressSpace space, KernelCache.Symbols symbols) {
    /** Physical addresses of VMCOREINFO's text, by the kernel's own pointers. */
    Set<Long> places() throws MalformedGuestException {
      Set<Long> places = new HashSet<>();
      target("vmcoreinfo_data").ifPresent(places::add);
      target("vmcoreinfo_note").ifPresent(note -> places.add(note + NOTE_HEADER));
      return places;
    }

    private OptionalLong target(String variable) throws MalformedGuestException {
      OptionalLong address = symbols.decoded().address(variable);
      return address.isEmpty()
          ? OptionalLong.empty()
          : space.translate(space.u64(address.getAsLong()));
    }
  }
}
