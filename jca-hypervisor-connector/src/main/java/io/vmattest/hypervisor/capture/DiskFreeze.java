// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.config.DiskSources;
import io.vmattest.hypervisor.config.DiskSources.Disk;
import io.vmattest.hypervisor.config.MalformedDomainXmlException;
import io.vmattest.hypervisor.config.SnapshotXml;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.snapshots.FrozenDisk;
import io.vmattest.hypervisor.snapshots.Overlays;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Freezes a guest's disks: what takes time (making the overlays) before the pause, the switch in
 * it. Overlays that were not switched to are removed when it is closed.
 */
final class DiskFreeze implements AutoCloseable {
  private final GuestDomain domain;
  private final List<Disk> disks;
  private final Map<String, Path> overlays = new LinkedHashMap<>();
  private final Map<String, Long> capacities = new LinkedHashMap<>();
  private boolean switched;

  private DiskFreeze(GuestDomain domain, List<Disk> disks) {
    this.domain = domain;
    this.disks = disks;
  }

  static DiskFreeze prepare(GuestDomain domain, String liveXml, Overlays maker)
      throws LibvirtFailure, IOException, HypervisorException, InterruptedException {
    DiskFreeze freeze = new DiskFreeze(domain, disks(liveXml));
    boolean ready = false;
    try {
      freeze.makeOverlays(maker);
      ready = true;
      return freeze;
    } finally {
      if (!ready) {
        freeze.close();
      }
    }
  }

  private static List<Disk> disks(String liveXml) throws HypervisorException {
    try {
      return DiskSources.list(liveXml);
    } catch (MalformedDomainXmlException e) {
      throw Failures.of(e);
    }
  }

  private void makeOverlays(Overlays maker)
      throws LibvirtFailure, IOException, HypervisorException, InterruptedException {
    for (Disk disk : disks) {
      if (!disk.writable()) {
        continue;
      }
      if (disk.path().isEmpty() || !disk.path().startsWith("/")) {
        throw new HypervisorException(
            Reason.CAPTURE_FAILED,
            "disk "
                + disk.target()
                + " of type "
                + disk.type()
                + " cannot be frozen: it is no file or block device");
      }
      long capacity = domain.diskCapacity(disk.target());
      capacities.put(disk.target(), capacity);
      overlays.put(disk.target(), maker.create(Path.of(disk.path()), disk.format(), capacity));
    }
  }

  /** Switches to the overlays; the guest must stand still. */
  void freeze() throws LibvirtFailure {
    if (!overlays.isEmpty()) {
      domain.switchToOverlays(SnapshotXml.diskOnly(disks, overlays));
    }
    switched = true;
  }

  /** The images that are frozen now. */
  List<FrozenDisk> frozen() throws IOException {
    List<FrozenDisk> result = new ArrayList<>();
    for (Disk disk : disks) {
      Long capacity = capacities.get(disk.target());
      if (capacity != null) {
        result.add(FrozenDisk.of(disk.target(), Path.of(disk.path()), disk.format(), capacity));
      }
    }
    return result;
  }

  @Override
  public void close() {
    if (switched) {
      return;
    }
    for (Path overlay : overlays.values()) {
      try {
        Files.deleteIfExists(overlay);
      } catch (IOException e) {
        overlay.toFile().deleteOnExit();
      }
    }
  }
}
