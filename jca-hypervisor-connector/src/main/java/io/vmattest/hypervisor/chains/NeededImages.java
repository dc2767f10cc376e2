// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.chains;

import io.vmattest.hypervisor.config.DiskSources;
import io.vmattest.hypervisor.config.DiskSources.Disk;
import io.vmattest.hypervisor.config.MalformedDomainXmlException;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.snapshots.BackingChain;
import io.vmattest.hypervisor.snapshots.BackingChain.Layer;
import io.vmattest.hypervisor.snapshots.FrozenDisk;
import io.vmattest.hypervisor.snapshots.SnapshotStore;
import io.vmattest.hypervisor.snapshots.StoredSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * The images that the host's domains and snapshots need.
 *
 * @param points that a snapshot or a domain, active or defined, names itself
 * @param ofDomains all in the chains of domains
 * @param ofClones all in the chains of debug clones, which are to stay as they are
 * @param graph of the points' chains
 */
record NeededImages(Set<Path> points, Set<Path> ofDomains, Set<Path> ofClones, ImageGraph graph) {

  /**
   * @throws IOException if an image is missing, such as on storage that is not mounted: nobody
   *     knows what it rests on
   */
  static NeededImages read(HostLink link, SnapshotStore store)
      throws LibvirtFailure, MalformedDomainXmlException, IOException, InterruptedException {
    NeededImages result =
        new NeededImages(new HashSet<>(), new HashSet<>(), new HashSet<>(), new ImageGraph());
    Set<Layer> ofDomains = new HashSet<>();
    for (GuestDomain domain : link.domains()) {
      try (domain) {
        ofDomains.addAll(imagesOf(domain));
      }
    }
    for (Layer top : ofDomains) {
      result.ofDomains.addAll(result.add(top));
    }
    for (Path overlay : store.clones().overlays()) {
      result.ofClones.addAll(result.add(new Layer(overlay, "qcow2")));
    }
    for (Layer top : frozen(store)) {
      result.add(top);
    }
    return result;
  }

  private List<Path> add(Layer top) throws IOException, InterruptedException {
    points.add(top.image());
    // Most snapshots' images are below those of others, which have told what they rest on.
    if (!graph.images().contains(top.image())) {
      graph.add(BackingChain.of(top.image(), top.format()));
    }
    return graph.chain(top.image());
  }

  private static Set<Layer> frozen(SnapshotStore store) throws IOException {
    Set<Layer> result = new HashSet<>();
    for (UUID vm : store.machines()) {
      for (StoredSnapshot snapshot : store.list(vm)) {
        for (FrozenDisk disk : snapshot.disks()) {
          result.add(new Layer(disk.image().normalize(), disk.format()));
        }
      }
    }
    return result;
  }

  /** The images that a domain names, as it runs and as it is defined. */
  static Set<Layer> imagesOf(GuestDomain domain)
      throws LibvirtFailure, MalformedDomainXmlException {
    Set<Layer> result = new HashSet<>();
    addImages(domain.liveXml(), result);
    if (domain.isPersistent()) {
      addImages(domain.definedXml(), result);
    }
    return result;
  }

  private static void addImages(String xml, Set<Layer> images) throws MalformedDomainXmlException {
    for (Disk disk : DiskSources.list(xml)) {
      // A medium that is gone says nothing of ours: overlays are made over writable disks.
      if (disk.path().startsWith("/") && (disk.writable() || Files.exists(Path.of(disk.path())))) {
        images.add(new Layer(Path.of(disk.path()).normalize(), disk.format()));
      }
    }
  }
}
