// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.guest;

import io.vmattest.core.guest.GuestDocument;
import io.vmattest.core.guest.GuestState;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.MeasuredClaims;
import io.vmattest.introspection.kernel.Kernel;
import io.vmattest.introspection.kernel.KernelFinder;
import io.vmattest.introspection.kernel.KernelSearch;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.tee.Capture;
import io.vmattest.tee.HostComponent;
import io.vmattest.tee.Sha256Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Looks into measured captures, of any number of guests at once. What a guest brings about never
 * fails a capture: the report then says why nothing could be seen.
 */
public final class GuestInspector {
  private static final System.Logger LOG = System.getLogger(GuestInspector.class.getName());

  private final KernelFinder finder = new KernelFinder();
  private final KernelReferences references;

  public GuestInspector(KernelReferences references) {
    this.references = references;
  }

  /** Reads what there is. */
  public Inspection inspect(Capture capture, MeasuredClaims claims) {
    Optional<CapturedRam> ram = CapturedRam.of(capture, claims);
    if (ram.isEmpty()) {
      return inspection(new GuestState.Unreadable("NO_RAM", "the machine has no RAM of a PC"));
    }
    try {
      return look(ram.get(), claims);
    } catch (RuntimeException e) {
      // A reader's fault, which a hostile guest may have found: the other components stand.
      LOG.log(System.Logger.Level.WARNING, "a guest could not be looked into", e);
      return inspection(new GuestState.Unreadable("READER_FAILED", String.valueOf(e)));
    }
  }

  private Inspection look(CapturedRam ram, MeasuredClaims claims) {
    KernelSearch search = finder.find(ram.memory(), ClaimedRegisters.of(claims));
    if (search instanceof KernelSearch.Unreadable why) {
      return inspection(new GuestState.Unreadable(why.reason().name(), why.detail()));
    }
    Kernel kernel = ((KernelSearch.Found) search).kernel();
    try {
      return new KernelInspection(kernel, references.find(kernel.info().buildId()), ram.proofs())
          .inspect();
    } catch (MalformedGuestException e) {
      return inspection(
          new GuestState.Unreadable(e.reason().name(), String.valueOf(e.getMessage())));
    }
  }

  private static Inspection inspection(GuestState.Unreadable why) {
    return inspection(why, List.of());
  }

  static Inspection inspection(GuestState state, List<HostComponent> others) {
    GuestDocument document = GuestDocument.of(state);
    if (!document.fits()) {
      return inspection(
          new GuestState.Unreadable(
              "TOO_LARGE", "what is seen takes %d bytes".formatted(document.size())));
    }
    List<HostComponent> components = new ArrayList<>(others);
    if (state instanceof GuestState.Seen seen) {
      byte[] processes = GuestDocument.processes(seen);
      components.add(
          component(GuestDocument.PROCESSES, Digest.sha256(processes), processes.length));
    }
    components.add(component(GuestDocument.COMPONENT, document.digest(), document.size()));
    return new Inspection(document, components);
  }

  static HostComponent component(String name, Digest digest, long size) {
    return new HostComponent(name, Sha256Digest.of(digest.bytes()), size);
  }
}
