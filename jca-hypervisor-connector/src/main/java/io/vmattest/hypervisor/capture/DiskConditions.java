// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.config.DiskSources;
import io.vmattest.hypervisor.config.DiskSources.Disk;
import io.vmattest.hypervisor.config.MalformedDomainXmlException;
import io.vmattest.hypervisor.snapshots.BackingChain;
import io.vmattest.hypervisor.snapshots.BackingChain.Layer;
import io.vmattest.hypervisor.snapshots.Overlays;
import io.vmattest.hypervisor.snapshots.StateFolder;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What must hold of disks and room before a guest is paused for a snapshot. */
final class DiskConditions {
  /** What a guest may at least write to a disk's new overlay. */
  static final long OVERLAY_ROOM = 256L << 20;

  private static final Set<String> FORMATS = Set.of("qcow2", "raw");

  private final Path snapshots;
  private final Overlays overlays;
  private final int maxLayers;

  /**
   * @param maxLayers that a disk's chain may have, the new overlay included
   */
  DiskConditions(StateFolder state, int maxLayers) {
    this.snapshots = state.snapshots();
    this.overlays = new Overlays(state);
    this.maxLayers = maxLayers;
  }

  /**
   * @throws HypervisorException with reason DISK_NOT_SUPPORTED, DISK_CHAIN_TOO_LONG or STORAGE_FULL
   */
  void check(String liveXml) throws HypervisorException {
    Map<FileStore, Long> needed = new HashMap<>();
    try {
      long memory = Preconditions.obstacles(liveXml).memoryBytes().orElse(0);
      needed.merge(Files.getFileStore(snapshots), memory, Long::sum);
      for (Disk disk : DiskSources.list(liveXml)) {
        if (disk.writable()) {
          checkChain(disk);
          Path folder = overlays.folderOver(image(disk));
          needed.merge(Files.getFileStore(folder), OVERLAY_ROOM, Long::sum);
        }
      }
      checkRoom(needed);
    } catch (MalformedDomainXmlException e) {
      throw Failures.of(e);
    } catch (IOException e) {
      throw Failures.of(Reason.CAPTURE_FAILED, e);
    } catch (InterruptedException e) {
      throw Failures.interrupted(e);
    }
  }

  /**
   * A writable disk's image.
   *
   * @throws HypervisorException with reason DISK_NOT_SUPPORTED if it has none that an overlay can
   *     cover
   */
  static Path image(Disk disk) throws HypervisorException {
    if (!disk.path().startsWith("/")) {
      throw unsupported(disk, "its type is " + disk.type() + ", it is no file or block device");
    }
    return Path.of(disk.path());
  }

  private void checkChain(Disk disk) throws HypervisorException, InterruptedException {
    Path image = image(disk);
    if (!FORMATS.contains(disk.format())) {
      throw unsupported(disk, "its format is " + disk.format());
    }
    List<Layer> chain;
    try {
      chain = BackingChain.of(image, disk.format());
    } catch (IOException e) {
      throw unsupported(disk, String.valueOf(e.getMessage()));
    }
    for (Layer layer : chain) {
      if (!FORMATS.contains(layer.format())) {
        throw unsupported(disk, layer.image() + " has format " + layer.format());
      }
    }
    if (chain.size() >= maxLayers) {
      throw new HypervisorException(
          Reason.DISK_CHAIN_TOO_LONG,
          "disk %s has a chain of %d images, and %d are allowed with the snapshot's: drop snapshots"
              .formatted(disk.target(), chain.size(), maxLayers));
    }
  }

  private static void checkRoom(Map<FileStore, Long> needed)
      throws IOException, HypervisorException {
    for (Map.Entry<FileStore, Long> store : needed.entrySet()) {
      long usable = store.getKey().getUsableSpace();
      if (usable < store.getValue()) {
        throw new HypervisorException(
            Reason.STORAGE_FULL,
            "a snapshot may need %d bytes on %s, and %d can be written"
                .formatted(store.getValue(), store.getKey(), usable));
      }
    }
  }

  private static HypervisorException unsupported(Disk disk, String why) {
    return new HypervisorException(
        Reason.DISK_NOT_SUPPORTED, "disk " + disk.target() + " cannot be frozen: " + why);
  }
}
