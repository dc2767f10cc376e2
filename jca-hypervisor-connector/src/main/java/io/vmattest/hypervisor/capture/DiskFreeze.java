// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.config.DiskSources;
import io.vmattest.hypervisor.config.DiskSources.Disk;
import io.vmattest.hypervisor.config.MalformedDomainXmlException;
import io.vmattest.hypervisor.config.SnapshotXml;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.snapshots.FrozenDisk;
import io.vmattest.hypervisor.snapshots.Overlays;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Freezes a guest's disks: what takes time (making the overlays) before the pause, the switch in
 * it. Overlays that were not switched to are removed when it is closed; but not once the switch was
 * asked for, because QEMU may have made it although the answer got lost: those are for the sweep of
 * overlays, which asks QEMU.
 */
final class DiskFreeze implements AutoCloseable {
  private static final Logger LOG = System.getLogger(DiskFreeze.class.getName());

  /** What is asked of the guest. */
  interface Guest {
    long capacity(String target) throws LibvirtFailure;

    void switchToOverlays(String snapshotXml) throws LibvirtFailure;
  }

  private final Guest guest;
  private final List<Disk> disks;
  private final Map<String, Path> overlays = new LinkedHashMap<>();
  private final Map<String, Long> capacities = new LinkedHashMap<>();
  private boolean attempted;
  private boolean switched;

  private DiskFreeze(Guest guest, List<Disk> disks) {
    this.guest = guest;
    this.disks = disks;
  }

  static DiskFreeze prepare(GuestDomain domain, String liveXml, Overlays maker)
      throws LibvirtFailure, IOException, HypervisorException, InterruptedException {
    return prepare(guestOf(domain), liveXml, maker);
  }

  static DiskFreeze prepare(Guest guest, String liveXml, Overlays maker)
      throws LibvirtFailure, IOException, HypervisorException, InterruptedException {
    DiskFreeze freeze = new DiskFreeze(guest, disks(liveXml));
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

  private static Guest guestOf(GuestDomain domain) {
    return new Guest() {
      @Override
      public long capacity(String target) throws LibvirtFailure {
        return domain.diskCapacity(target);
      }

      @Override
      public void switchToOverlays(String snapshotXml) throws LibvirtFailure {
        domain.switchToOverlays(snapshotXml);
      }
    };
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
      Path image = DiskConditions.image(disk);
      long capacity = guest.capacity(disk.target());
      capacities.put(disk.target(), capacity);
      overlays.put(disk.target(), maker.create(image, disk.format(), capacity));
    }
  }

  /**
   * What is to be done while the guest stands; nothing if it can write to no disk, and then it need
   * not be held.
   */
  Optional<SwitchoverStep> step() {
    return overlays.isEmpty() ? Optional.empty() : Optional.of(this::freeze);
  }

  /** Switches to the overlays; the guest must stand still. */
  void freeze() throws LibvirtFailure {
    attempted = true;
    if (!overlays.isEmpty()) {
      guest.switchToOverlays(SnapshotXml.diskOnly(disks, overlays));
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
    if (attempted) {
      if (!switched) {
        LOG.log(Level.WARNING, "the guest may be writing to {0}: they stay", overlays.values());
      }
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
