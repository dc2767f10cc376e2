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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Tells the kernel's own VMCOREINFO from copies and forgeries, which any process of the guest may
 * have in its memory: the page tables must map the kernel as it says, each vCPU must run with the
 * same ones, and the kernel's own variable, found through its own symbols, must point to it.
 */
final class KernelProof {
  /** Parsing one takes some microseconds. */
  private static final int MAX_CANDIDATES = 1 << 18;

  /** Maps that differ and are decoded; each may take some hundred milliseconds. */
  private static final int MAX_MAPS = 32;

  private static final int NOTE_HEADER = 24;

  /**
   * @param info proven
   */
  record Proven(VmcoreInfo info, AddressSpace space, Kallsyms symbols) {}

  private final GuestMemory memory;
  private final List<VcpuRegisters> vcpus;
  private final KernelCache cache;
  private final ByteBuffer text = ByteBuffer.allocate(VmcoreInfo.MAX_SIZE);

  /** What came of each map; empty, where its kernel could not be read. */
  private final Map<KernelMap, Optional<Decoded>> decoded = new HashMap<>();

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
    Decoded kernel = decoded(map, info);
    if (!pointsTo(kernel, "vmcoreinfo_data", physicalAddress)
        && !pointsTo(kernel, "vmcoreinfo_note", physicalAddress - NOTE_HEADER)) {
      throw new MalformedGuestException(
          Reason.INVALID, physicalAddress, "no pointer of the kernel to this physical address");
    }
    return new Proven(info, kernel.space(), kernel.symbols());
  }

  private Decoded decoded(KernelMap map, VmcoreInfo info) throws MalformedGuestException {
    Optional<Decoded> known = decoded.get(map);
    if (known == null) {
      AddressSpace space = map.addressSpace(memory);
      map.requireRunning(space, vcpus);
      if (decoded.size() >= MAX_MAPS) {
        throw new MalformedGuestException(
            Reason.TOO_LARGE, info.physicalAddress(), "more kernels than are looked at");
      }
      decoded.put(map, Optional.empty());
      KallsymsTables tables = KallsymsTables.read(space, map);
      known = Optional.of(new Decoded(space, cache.symbols(KernelCache.Key.of(info), tables)));
      decoded.put(map, known);
    }
    return known.orElseThrow(
        () ->
            new MalformedGuestException(
                Reason.INVALID, info.physicalAddress(), "its symbols could not be read"));
  }

  private static boolean pointsTo(Decoded kernel, String variable, long physicalAddress)
      throws MalformedGuestException {
    OptionalLong address = kernel.symbols().address(variable);
    if (address.isEmpty()) {
      return false;
    }
    long pointer = kernel.space().u64(address.getAsLong());
    return kernel.space().translate(pointer).equals(OptionalLong.of(physicalAddress));
  }

  private record Decoded(AddressSpace space, Kallsyms symbols) {}
}
