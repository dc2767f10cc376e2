// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.config.DiskSources;
import io.vmattest.hypervisor.config.DiskSources.Disk;
import io.vmattest.hypervisor.config.MalformedDomainXmlException;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import io.vmattest.hypervisor.snapshots.FrozenDisk;
import io.vmattest.hypervisor.snapshots.Overlays;
import io.vmattest.hypervisor.snapshots.SnapshotStore;
import io.vmattest.hypervisor.snapshots.StoredSnapshot;
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
 * defined, no snapshot, and no QEMU, which may know better than libvirt. Where anything about that
 * cannot be read, nothing is removed.
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
      Set<Path> candidates = overlaysOf(vm);
      if (candidates.isEmpty()) {
        return;
      }
      Set<String> open = openInQemu();
      candidates.removeIf(overlay -> Overlays.mark(overlay).map(open::contains).orElse(true));
      candidates.removeAll(needed());
      for (Path overlay : candidates) {
        Files.delete(overlay);
      }
    } catch (LibvirtFailure | IOException | MalformedDomainXmlException | RuntimeException e) {
      LOG.log(Level.WARNING, "overlays of VM " + vm + " that are not needed stay", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Set<Path> overlaysOf(UUID vm)
      throws LibvirtFailure, MalformedDomainXmlException, IOException {
    Set<Path> result = new HashSet<>();
    try (GuestDomain domain = link.domain(vm)) {
      for (Path image : images(domain)) {
        result.addAll(Overlays.beside(image));
      }
    }
    return result;
  }

  private Set<String> openInQemu() throws LibvirtFailure {
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

  private Set<Path> needed()
      throws LibvirtFailure, MalformedDomainXmlException, IOException, InterruptedException {
    Set<Path> tops = new HashSet<>();
    for (GuestDomain domain : link.domains()) {
      try (domain) {
        tops.addAll(images(domain));
      }
    }
    for (UUID vm : store.machines()) {
      for (StoredSnapshot snapshot : store.list(vm)) {
        snapshot.disks().stream().map(FrozenDisk::image).forEach(tops::add);
      }
    }
    return chains(tops);
  }

  /**
   * The images and all that they rest on.
   *
   * @throws IOException if one is missing, such as on storage that is not mounted: nobody knows
   *     what it rests on
   */
  static Set<Path> chains(Set<Path> tops) throws IOException, InterruptedException {
    Set<Path> result = new HashSet<>();
    for (Path top : tops) {
      result.addAll(Overlays.chain(top));
    }
    return result;
  }

  private static Set<Path> images(GuestDomain domain)
      throws LibvirtFailure, MalformedDomainXmlException {
    Set<Path> result = new HashSet<>();
    addImages(domain.liveXml(), result);
    if (domain.isPersistent()) {
      addImages(domain.definedXml(), result);
    }
    return result;
  }

  private static void addImages(String xml, Set<Path> images) throws MalformedDomainXmlException {
    for (Disk disk : DiskSources.list(xml)) {
      // A medium that is gone says nothing of ours: overlays are made over writable disks.
      if (disk.path().startsWith("/") && (disk.writable() || Files.exists(Path.of(disk.path())))) {
        images.add(Path.of(disk.path()).normalize());
      }
    }
  }
}
