// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.chains;

import io.vmattest.hypervisor.capture.OngoingWork;
import io.vmattest.hypervisor.config.DiskSources;
import io.vmattest.hypervisor.config.MalformedDomainXmlException;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Merges images under a running guest, by a job of libvirt's, which knows the chain afterwards. */
final class LiveMerge {
  private static final Duration DEADLINE = Duration.ofMinutes(10);
  private static final Duration SETTLING = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(100);

  private final GuestDomain domain;
  private final String target;

  LiveMerge(GuestDomain domain, String target) {
    this.domain = domain;
    this.target = target;
  }

  /** Pulls what lies between the active image and another one into the active image. */
  void pull(Path middle, Path below) throws LibvirtFailure, IOException, InterruptedException {
    domain.pullDisk(target, below.toString());
    awaitEnd(middle);
  }

  /** Commits an image into the one that it rests on. */
  void commit(Path above, Path middle) throws LibvirtFailure, IOException, InterruptedException {
    domain.commitDisk(target, middle.toString(), above.toString());
    awaitEnd(above);
  }

  private void awaitEnd(Path vanishing) throws LibvirtFailure, IOException, InterruptedException {
    boolean over = false;
    try {
      over = isOver(DEADLINE);
    } finally {
      if (!over) {
        domain.abortDiskJob(target);
      }
    }
    if (!over || !isGone(vanishing)) {
      throw new IOException(
          "disk " + target + " still rests on " + vanishing + ": the job on its chain failed");
    }
  }

  private boolean isOver(Duration patience) throws LibvirtFailure, InterruptedException {
    Qmp qmp = new Qmp(domain);
    long end = System.nanoTime() + patience.toNanos();
    while (OngoingWork.hasDiskJob(qmp)) {
      if (System.nanoTime() - end >= 0) {
        return false;
      }
      Thread.sleep(POLL.toMillis());
    }
    return true;
  }

  /** libvirt takes note of a job's end a little later than QEMU. */
  private boolean isGone(Path image) throws LibvirtFailure, IOException, InterruptedException {
    long end = System.nanoTime() + SETTLING.toNanos();
    while (chain().contains(image)) {
      if (System.nanoTime() - end >= 0) {
        return false;
      }
      Thread.sleep(POLL.toMillis());
    }
    return true;
  }

  private List<Path> chain() throws LibvirtFailure, IOException {
    try {
      return DiskSources.chains(domain.liveXml()).getOrDefault(target, List.of());
    } catch (MalformedDomainXmlException e) {
      throw new IOException(e);
    }
  }
}
