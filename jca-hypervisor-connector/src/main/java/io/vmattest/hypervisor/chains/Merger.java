// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.chains;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.capture.OngoingWork;
import io.vmattest.hypervisor.capture.OpenOverlays;
import io.vmattest.hypervisor.config.DiskSources;
import io.vmattest.hypervisor.config.MalformedDomainXmlException;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import io.vmattest.hypervisor.snapshots.BackingChain;
import io.vmattest.hypervisor.snapshots.DurableFiles;
import io.vmattest.hypervisor.snapshots.Overlays;
import io.vmattest.hypervisor.snapshots.SnapshotStore;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Does one merge, in the way that fits who has the images open.
 *
 * <ul>
 *   <li>Nobody: the upper image pulls the middle one's content into itself (qemu-img rebase).
 *   <li>A running guest that writes the upper image: the same, by its QEMU (block-stream).
 *   <li>A running guest that has a further image over the upper one: the upper one's content is
 *       committed into the middle one (block-commit), for libvirt pulls into active images alone.
 *       What was frozen in the upper image is in the middle one then.
 * </ul>
 *
 * At no moment is an image that somebody needs anything but a valid image of its content, so that a
 * merge may be broken off at any.
 */
final class Merger {
  private static final Logger LOG = System.getLogger(Merger.class.getName());

  /** What a merge leaves to the guests on a file system: one that finds none left would stop. */
  private static final long MARGIN = 256L << 20;

  private final HostLink link;
  private final UnfinishedMerges unfinished;
  private final FrozenImages frozen;
  private final UUID vm;

  Merger(HostLink link, SnapshotStore store, UnfinishedMerges unfinished, UUID vm) {
    this.link = link;
    this.unfinished = unfinished;
    this.frozen = new FrozenImages(store, vm);
    this.vm = vm;
  }

  /**
   * @param open marks of the overlays that any QEMU has open
   * @return whether it was done; not if it has to wait for another time
   */
  boolean merge(Merge merge, NeededImages needed, Set<String> open)
      throws HypervisorException,
          LibvirtFailure,
          IOException,
          MalformedDomainXmlException,
          InterruptedException {
    if (isOpen(merge.above(), open)) {
      return live(merge);
    }
    // A domain that is started in the meantime must not find its images locked.
    if (isOpen(merge.middle(), open) || needed.ofDomains().contains(merge.above())) {
      return false;
    }
    return offline(merge);
  }

  private boolean offline(Merge merge)
      throws HypervisorException, IOException, InterruptedException {
    if (!mayRewrite(merge.above()) || !hasRoom(merge.middle(), merge.above())) {
      return false;
    }
    unfinished.put(vm, new PendingMerge(merge.middle(), merge.above(), merge.above()));
    try {
      BackingChain.rebase(merge.above(), merge.below(), Files.size(merge.middle()));
    } finally {
      unfinished.settle(vm);
    }
    return true;
  }

  private boolean live(Merge merge)
      throws HypervisorException,
          LibvirtFailure,
          IOException,
          MalformedDomainXmlException,
          InterruptedException {
    try (GuestDomain domain = link.domain(vm)) {
      if (domain.runId() < 0 || OngoingWork.on(domain).isPresent()) {
        return false;
      }
      String xml = domain.liveXml();
      if (!Overlays.marksIn(xml).containsAll(OpenOverlays.all(new Qmp(domain)))) {
        return false;
      }
      for (Map.Entry<String, List<Path>> disk : DiskSources.chains(xml).entrySet()) {
        int at = disk.getValue().indexOf(merge.above());
        if (at >= 0) {
          return live(merge, new LiveMerge(domain, disk.getKey()), disk.getValue(), at);
        }
      }
      return false;
    }
  }

  /**
   * @param chain of the disk, top first
   * @param at where the upper image is in it
   */
  private boolean live(Merge merge, LiveMerge job, List<Path> chain, int at)
      throws HypervisorException, LibvirtFailure, IOException, InterruptedException {
    if (at + 2 >= chain.size() || !chain.get(at + 1).equals(merge.middle())) {
      return false;
    }
    return at == 0 ? pull(merge, job) : commit(merge, job, chain.get(at - 1));
  }

  private boolean pull(Merge merge, LiveMerge job)
      throws LibvirtFailure, IOException, InterruptedException {
    if (!hasRoom(merge.middle(), merge.above())) {
      return false;
    }
    job.pull(merge.middle(), merge.below().image());
    DurableFiles.force(merge.above());
    return true;
  }

  /**
   * @param over which rests on the upper image
   */
  private boolean commit(Merge merge, LiveMerge job, Path over)
      throws HypervisorException, LibvirtFailure, IOException, InterruptedException {
    if (!mayRewrite(merge.above())
        || !mayRewrite(over)
        || !hasRoom(merge.above(), merge.middle())) {
      return false;
    }
    unfinished.put(vm, new PendingMerge(merge.above(), merge.middle(), over));
    try {
      job.commit(merge.above(), merge.middle());
    } finally {
      unfinished.settle(vm);
    }
    return true;
  }

  private boolean mayRewrite(Path image) throws IOException {
    boolean may = frozen.mayBeRewritten(image);
    if (!may) {
      LOG.log(Level.WARNING, "{0} is not as it was frozen, or another VM''s: it stays", image);
    }
    return may;
  }

  private static boolean hasRoom(Path source, Path destination) throws IOException {
    long usable = Files.getFileStore(destination).getUsableSpace();
    boolean room = usable >= Files.size(source) + MARGIN;
    if (!room) {
      LOG.log(Level.WARNING, "no room to merge {0} into {1}", source, destination);
    }
    return room;
  }

  private static boolean isOpen(Path overlay, Set<String> open) {
    return Overlays.mark(overlay).map(open::contains).orElse(true);
  }
}
