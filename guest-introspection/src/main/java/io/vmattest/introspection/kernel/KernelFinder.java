// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.kernel;

import io.vmattest.introspection.kernel.KernelSearch.Found;
import io.vmattest.introspection.kernel.KernelSearch.Reason;
import io.vmattest.introspection.kernel.KernelSearch.Unreadable;
import io.vmattest.introspection.memory.AddressSpace;
import io.vmattest.introspection.memory.GuestMemory;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.VcpuRegisters;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Finds the kernel of a guest in its memory. Keeps what it decoded; for any number of guests. */
public final class KernelFinder {
  private final KernelCache cache = new KernelCache();
  private final RecentPages recent = new RecentPages();

  /**
   * Never throws for anything that a guest can bring about.
   *
   * @param vcpus the registers of all vCPUs in their order, or none if they are not known: then a
   *     guest may show a kernel that it does not run
   */
  public KernelSearch find(GuestMemory memory, List<VcpuRegisters> vcpus) {
    try {
      KernelProof proof = new KernelProof(memory, vcpus, cache);
      Optional<KernelProof.Proven> proven = VmcoreInfoScan.scan(memory, recent.pages(), proof::of);
      proven.ifPresent(kernel -> recent.add(kernel.info().physicalAddress()));
      return proven.isPresent()
          ? found(proven.get(), vcpus)
          : new Unreadable(
              proof.candidates() == 0 ? Reason.NO_KERNEL : Reason.NOT_PROVEN, proof.summary());
    } catch (UncheckedIOException e) {
      return new Unreadable(Reason.MEMORY_NOT_READ, String.valueOf(e.getMessage()));
    }
  }

  private KernelSearch found(KernelProof.Proven proven, List<VcpuRegisters> vcpus) {
    AddressSpace space = proven.space();
    Kallsyms symbols = proven.symbols();
    try {
      Btf types = types(proven);
      List<VcpuAgreement> agreements = new VcpuAnchors(space, symbols, vcpus).compare();
      return new Found(new Kernel(proven.info(), space, symbols, types, agreements));
    } catch (MalformedGuestException e) {
      return new Unreadable(Reason.NO_TYPES, String.valueOf(e.getMessage()));
    }
  }

  private Btf types(KernelProof.Proven proven) throws MalformedGuestException {
    OptionalLong start = proven.symbols().address("__start_BTF");
    OptionalLong stop = proven.symbols().address("__stop_BTF");
    if (start.isEmpty() || stop.isEmpty()) {
      throw new MalformedGuestException(
          MalformedGuestException.Reason.MISSING, 0, "the kernel was built without BTF");
    }
    long size = stop.getAsLong() - start.getAsLong();
    return cache.types(KernelCache.Key.of(proven.info()), proven.space(), start.getAsLong(), size);
  }
}
