// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.capture.Failures;
import io.vmattest.hypervisor.config.DiskSources;
import io.vmattest.hypervisor.config.MalformedDomainXmlException;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.snapshots.BackingChain;
import io.vmattest.hypervisor.snapshots.FrozenDisk;
import io.vmattest.hypervisor.snapshots.Overlays;
import io.vmattest.hypervisor.snapshots.StateFolder;
import io.vmattest.hypervisor.snapshots.StoredSnapshot;
import io.vmattest.tee.PeerClosedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Makes a paused guest of a snapshot, on fresh overlays over its frozen disks. */
public final class GuestRestorer {
  private static final Duration DEADLINE = Duration.ofMinutes(10);

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
    checkUntouched(snapshot);
    Map<String, String> images = new LinkedHashMap<>();
    boolean restored = false;
    try {
      for (FrozenDisk disk : snapshot.disks()) {
        images.put(
            disk.target(),
            overlays.create(disk.image(), disk.format(), disk.capacity()).toString());
      }
      String xml = DiskSources.withImages(snapshot.domainXml(), images);
      feed(link, snapshot, xml);
      restored = true;
      return xml;
    } catch (IOException e) {
      throw Failures.of(Reason.RESTORE_FAILED, e);
    } catch (MalformedDomainXmlException e) {
      throw Failures.of(e);
    } catch (InterruptedException e) {
      throw Failures.interrupted(e);
    } finally {
      if (!restored) {
        images.values().forEach(GuestRestorer::discard);
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
    try (Fifo fifo = Fifo.make(state.rollbacks())) {
      SnapshotFeeder feeder = new SnapshotFeeder(snapshot, xml, fifo.path(), DEADLINE);
      feeder.start();
      Optional<LibvirtFailure> refused = Optional.empty();
      try {
        link.restorePaused(fifo.path());
      } catch (LibvirtFailure e) {
        refused = Optional.of(e);
      }
      Optional<HypervisorException> why = why(feeder.finish(), refused);
      if (why.isPresent()) {
        throw why.get();
      }
    }
  }

  /** The one of two failures that is the cause of the other. */
  static Optional<HypervisorException> why(
      Optional<HypervisorException> ofFeeder, Optional<LibvirtFailure> refused) {
    Optional<HypervisorException> ofLibvirt =
        refused.map(e -> Failures.of(Reason.RESTORE_FAILED, e));
    if (ofFeeder.isEmpty() || ofLibvirt.isEmpty()) {
      return ofFeeder.or(() -> ofLibvirt);
    }
    // A pipe that libvirt has closed breaks the feeder; a truncated image makes libvirt refuse it.
    boolean closed = ofFeeder.get().getCause() instanceof PeerClosedException;
    HypervisorException cause = closed ? ofLibvirt.get() : ofFeeder.get();
    cause.addSuppressed(closed ? ofFeeder.get() : refused.get());
    return Optional.of(cause);
  }

  private static void discard(String overlay) {
    try {
      Files.deleteIfExists(Path.of(overlay));
    } catch (IOException e) {
      Path.of(overlay).toFile().deleteOnExit();
    }
  }
}
