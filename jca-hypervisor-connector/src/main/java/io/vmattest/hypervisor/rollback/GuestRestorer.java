// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.capture.Failures;
import io.vmattest.hypervisor.config.DiskSources;
import io.vmattest.hypervisor.config.MalformedDomainXmlException;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.snapshots.BackingChain;
import io.vmattest.hypervisor.snapshots.FrozenDisk;
import io.vmattest.hypervisor.snapshots.Overlays;
import io.vmattest.hypervisor.snapshots.StateFolder;
import io.vmattest.hypervisor.snapshots.StoredSnapshot;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Makes a paused guest of a snapshot, on fresh overlays over its frozen disks. */
public final class GuestRestorer {
  private final StateFolder state;
  private final Overlays overlays;

  public GuestRestorer(StateFolder state) {
    this.state = state;
    this.overlays = new Overlays(state);
  }

  /**
   * @throws HypervisorException with reason SNAPSHOT_DAMAGED if a disk was written after it was
   *     frozen, or is gone, it or what it rests on
   */
  public void checkDisks(StoredSnapshot snapshot) throws HypervisorException {
    checkUntouched(snapshot);
    try {
      for (FrozenDisk disk : snapshot.disks()) {
        // Throws if an image that it rests on is gone.
        BackingChain.of(disk.image(), disk.format());
      }
    } catch (IOException e) {
      throw Failures.of(Reason.SNAPSHOT_DAMAGED, e);
    } catch (InterruptedException e) {
      throw Failures.interrupted(e);
    }
  }

  private static void checkUntouched(StoredSnapshot snapshot) throws HypervisorException {
    try {
      for (FrozenDisk disk : snapshot.disks()) {
        if (!disk.isUntouched()) {
          throw new HypervisorException(
              Reason.SNAPSHOT_DAMAGED,
              "the frozen image " + disk.image() + " of disk " + disk.target() + " was changed");
        }
      }
    } catch (IOException e) {
      throw Failures.of(Reason.SNAPSHOT_DAMAGED, e);
    }
  }

  /**
   * Restores; the domain must not be active. The guest stands paused.
   *
   * @return the XML that it was restored with
   */
  String restore(HostLink link, StoredSnapshot snapshot) throws HypervisorException {
    try (Restoration restoration = begin(snapshot)) {
      return restoration.finish(link);
    } catch (IOException e) {
      throw Failures.of(Reason.RESTORE_FAILED, e);
    }
  }

  /** Begins it with what can be done while the domain is active still. */
  Restoration begin(StoredSnapshot snapshot) throws HypervisorException {
    checkUntouched(snapshot);
    Map<String, String> images = new LinkedHashMap<>();
    boolean begun = false;
    try {
      for (FrozenDisk disk : snapshot.disks()) {
        images.put(
            disk.target(),
            overlays.create(disk.image(), disk.format(), disk.capacity()).toString());
      }
      String xml = DiskSources.withImages(snapshot.domainXml(), images);
      StateFeed feed = StateFeed.begin(state.rollbacks(), snapshot, xml);
      begun = true;
      return new Restoration(images.values(), xml, feed);
    } catch (IOException e) {
      throw Failures.of(Reason.RESTORE_FAILED, e);
    } catch (MalformedDomainXmlException e) {
      throw Failures.of(e);
    } catch (InterruptedException e) {
      throw Failures.interrupted(e);
    } finally {
      if (!begun) {
        images.values().forEach(Restoration::discard);
      }
    }
  }

  /**
   * Makes a paused guest of a snapshot's state, each page of which is checked before libvirt has
   * it.
   *
   * @param xml of a domain that is not active, whose disks are there
   */
  public void feed(HostLink link, StoredSnapshot snapshot, String xml)
      throws IOException, InterruptedException, HypervisorException {
    try (StateFeed feed = StateFeed.begin(state.rollbacks(), snapshot, xml)) {
      feed.restoreBy(link);
    }
  }
}
