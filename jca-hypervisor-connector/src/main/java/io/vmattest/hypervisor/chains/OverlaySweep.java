// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.chains;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.blocks.DefinitionCheck;
import io.vmattest.hypervisor.capture.OpenOverlays;
import io.vmattest.hypervisor.config.DiskSources;
import io.vmattest.hypervisor.config.MalformedDomainXmlException;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import io.vmattest.hypervisor.snapshots.BackingChain.Layer;
import io.vmattest.hypervisor.snapshots.Overlays;
import io.vmattest.hypervisor.snapshots.SnapshotStore;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/**
 * Removes overlays of ours over a VM's disks that nothing rests on any more: no domain, active or
 * defined, no snapshot, and no QEMU, which may know better than libvirt; and that was not to be
 * kept. Where anything about that cannot be read, nothing is removed.
 */
public final class OverlaySweep {
  private static final Logger LOG = System.getLogger(OverlaySweep.class.getName());

  private final HostLink link;
  private final SnapshotStore store;

  public OverlaySweep(HostLink link, SnapshotStore store) {
    this.link = link;
    this.store = store;
  }

  /** The caller holds the VM's lock. Failures are logged: the overlays only take room. */
  public void sweep(UUID vm) {
    try {
      Set<Path> candidates = overlaysOf(link, vm);
      if (candidates.isEmpty()) {
        return;
      }
      candidates.removeIf(Overlays::isKept);
      Set<String> open = openInQemu(link);
      candidates.removeIf(overlay -> Overlays.mark(overlay).map(open::contains).orElse(true));
      candidates.removeAll(NeededImages.read(link, store).graph().images());
      if (!candidates.isEmpty()) {
        candidates.removeAll(inDefinition(vm));
      }
      for (Path overlay : candidates) {
        Files.delete(overlay);
      }
    } catch (HypervisorException
        | LibvirtFailure
        | IOException
        | MalformedDomainXmlException
        | RuntimeException e) {
      LOG.log(Level.WARNING, "overlays of VM " + vm + " that are not needed stay", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What a VM's definition says that its disks rest on, when it was put right. */
  private Set<Path> inDefinition(UUID vm)
      throws HypervisorException,
          LibvirtFailure,
          MalformedDomainXmlException,
          IOException,
          InterruptedException {
    try (GuestDomain domain = link.domain(vm)) {
      DefinitionCheck.ensure(link, domain);
      Set<Path> result = new HashSet<>();
      if (domain.isPersistent()) {
        DiskSources.chains(domain.definedXml()).values().forEach(result::addAll);
      }
      return result;
    }
  }

  /** All overlays of ours over a VM's disks. */
  static Set<Path> overlaysOf(HostLink link, UUID vm)
      throws LibvirtFailure, MalformedDomainXmlException, IOException {
    Set<Path> result = new HashSet<>();
    try (GuestDomain domain = link.domain(vm)) {
      for (Layer top : NeededImages.imagesOf(domain)) {
        result.addAll(Overlays.beside(top.image()));
      }
    }
    return result;
  }

  /** The marks of all overlays that any QEMU has open. */
  static Set<String> openInQemu(HostLink link) throws LibvirtFailure {
    Set<String> result = new HashSet<>();
    for (GuestDomain domain : link.domains()) {
      try (domain) {
        if (domain.runId() >= 0) {
          result.addAll(OpenOverlays.all(new Qmp(domain)));
        }
      }
    }
    return result;
  }
}
