// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.blocks;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.blocks.BlockGraph.Node;
import io.vmattest.hypervisor.config.ActiveImage;
import io.vmattest.hypervisor.config.MalformedDomainXmlException;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import io.vmattest.hypervisor.libvirt.QmpException;
import io.vmattest.hypervisor.snapshots.Overlays;
import jakarta.json.JsonArray;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Brings QEMU's block graph in line with libvirt's belief, where a libvirtd died while it switched
 * disks to overlays:
 *
 * <ul>
 *   <li>Before the switch: nodes of the overlays, which nothing uses, stand in the way of the next
 *       switch. They are removed; QEMU refuses to remove one that is in use.
 *   <li>After it: the guest writes to overlays that libvirt does not know, so that a further switch
 *       would cover the wrong image, and a start of the guest would lose what it wrote. The
 *       overlays are committed into the images that libvirt believes in.
 * </ul>
 *
 * Whatever else differs is refused, and nothing is touched. An overlay that libvirt does not know
 * is kept from being swept until it is committed. The caller holds the VM's lock.
 */
public final class ChainCheck {
  private static final Logger LOG = System.getLogger(ChainCheck.class.getName());

  /** What a commit leaves to the guests on a file system. */
  private static final long MARGIN = 256L << 20;

  private static final int MAX_LOOKS = 5;

  /** The images that kept snapshots froze. */
  @FunctionalInterface
  public interface Frozen {
    boolean contains(Path image) throws IOException;
  }

  private final Frozen frozen;
  private final Duration patience;

  /**
   * @param patience with the commit of one overlay
   */
  public ChainCheck(Frozen frozen, Duration patience) {
    this.frozen = frozen;
    this.patience = patience;
  }

  /**
   * Returns when libvirt knows all that QEMU writes.
   *
   * @throws HypervisorException with reason DISK_CHAIN_DIFFERS if that cannot be brought about, or
   *     CAPTURE_IN_PROGRESS if a job on the disks goes on
   */
  public void ensure(GuestDomain domain)
      throws LibvirtFailure, HypervisorException, IOException, InterruptedException {
    ChainDifferences found = look(domain);
    if (found.isEmpty()) {
      return;
    }
    for (Path overlay : found.written()) {
      Overlays.keep(overlay);
    }
    Qmp qmp = new Qmp(domain);
    checkThatNobodyWorks(domain, qmp);
    refuseUnexplained(domain, found);
    for (StrayOverlay stray : found.strays()) {
      checkSafety(domain, stray);
    }
    for (StrayOverlay stray : found.strays()) {
      commit(domain, qmp, stray);
    }
    ChainDifferences rest = look(domain);
    if (!rest.strays().isEmpty()) {
      throw refused(domain, words(rest.strays().get(0)) + ", and its commit failed");
    }
    refuseUnexplained(domain, rest);
    for (Node node : rest.leftOver()) {
      // It is not written, so that what it held is in the image below.
      Overlays.release(Path.of(node.path().orElseThrow()));
      remove(domain, qmp, node);
    }
  }

  /** Between two looks at libvirt's belief that agree. */
  private static ChainDifferences look(GuestDomain domain)
      throws LibvirtFailure, HypervisorException {
    try {
      String before = domain.liveXml();
      for (int i = 0; i < MAX_LOOKS; i++) {
        // Waits for a switch that libvirt is just making.
        BlockGraph graph = BlockGraph.read(new Qmp(domain));
        String after = domain.liveXml();
        List<ActiveImage> images = ActiveImage.list(after);
        if (images.equals(ActiveImage.list(before))) {
          return ChainDifferences.between(images, Overlays.marksIn(after), graph);
        }
        before = after;
      }
    } catch (MalformedDomainXmlException e) {
      throw new HypervisorException(Reason.CAPTURE_FAILED, String.valueOf(e.getMessage()), e);
    }
    throw new HypervisorException(
        Reason.CAPTURE_IN_PROGRESS, "the disks of VM " + domain.name() + " change all the time");
  }

  private static void checkThatNobodyWorks(GuestDomain domain, Qmp qmp)
      throws LibvirtFailure, HypervisorException {
    boolean others =
        !(qmp.execute("query-block-jobs") instanceof JsonArray jobs)
            || !jobs.stream().allMatch(OverlayCommit::isOne);
    if (others || domain.isInJob()) {
      throw new HypervisorException(
          Reason.CAPTURE_IN_PROGRESS, "disks of VM " + domain.name() + " are being worked on");
    }
  }

  private static void refuseUnexplained(GuestDomain domain, ChainDifferences found)
      throws LibvirtFailure, HypervisorException {
    if (!found.unexplained().isEmpty()) {
      throw refused(domain, String.join("; ", found.unexplained()));
    }
  }

  /** Before anything is touched. */
  private void checkSafety(GuestDomain domain, StrayOverlay stray)
      throws LibvirtFailure, HypervisorException, IOException {
    if (frozen.contains(stray.believed())) {
      throw refused(domain, words(stray) + ", which a kept snapshot needs as it is");
    }
    if (!Files.isRegularFile(stray.believed())) {
      return;
    }
    long usable = Files.getFileStore(stray.believed()).getUsableSpace();
    if (usable - MARGIN < Files.size(stray.overlay())) {
      throw refused(domain, words(stray) + ", and there is no room to commit it");
    }
  }

  private void commit(GuestDomain domain, Qmp qmp, StrayOverlay stray)
      throws LibvirtFailure, HypervisorException, InterruptedException {
    try {
      new OverlayCommit(qmp, stray).run(patience);
    } catch (QmpException e) {
      throw refused(domain, words(stray) + ", and QEMU says: " + e.description());
    }
    LOG.log(Level.WARNING, "VM {0}: {1}: committed", domain.name(), words(stray));
  }

  private static void remove(GuestDomain domain, Qmp qmp, Node node)
      throws LibvirtFailure, HypervisorException {
    try {
      qmp.execute("blockdev-del", JSON.createObjectBuilder().add("node-name", node.name()).build());
    } catch (QmpException e) {
      throw refused(
          domain, "node " + node.name() + " cannot be removed, QEMU says: " + e.description());
    }
    LOG.log(
        Level.INFO,
        "VM {0}: node {1} of {2}, left by a switch of disks that was broken off, was removed",
        domain.name(),
        node.name(),
        node.path().orElse(""));
  }

  private static String words(StrayOverlay stray) {
    return "disk %s writes to %s, and libvirt believes that it writes to %s"
        .formatted(stray.target(), stray.overlay(), stray.believed());
  }

  private static HypervisorException refused(GuestDomain domain, String why) throws LibvirtFailure {
    return new HypervisorException(
        Reason.DISK_CHAIN_DIFFERS,
        "VM "
            + domain.name()
            + ": "
            + why
            + "; before it is shut down, the overlay must be committed, or the domain defined with"
            + " it");
  }
}
