// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.clones;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import io.vmattest.hypervisor.capture.Failures;
import io.vmattest.hypervisor.capture.HostMemory;
import io.vmattest.hypervisor.config.CloneIdentity;
import io.vmattest.hypervisor.config.IsolatedDomain;
import io.vmattest.hypervisor.config.MalformedDomainXmlException;
import io.vmattest.hypervisor.config.NotIsolableException;
import io.vmattest.hypervisor.config.Obstacles;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import io.vmattest.hypervisor.rollback.GuestRestorer;
import io.vmattest.hypervisor.snapshots.CloneFolders;
import io.vmattest.hypervisor.snapshots.FrozenDisk;
import io.vmattest.hypervisor.snapshots.StoredSnapshot;
import io.vmattest.tee.TeeException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** The steps by which a snapshot becomes a clone. What they leave if one fails is the caller's. */
final class CloneBuilder {
  /** Larger than any firmware's flash. */
  private static final long MOST_NVRAM = 64L << 20;

  private final HostLink link;
  private final CloneFolders folders;
  private final GuestRestorer restorer;

  CloneBuilder(HostLink link, CloneFolders folders, GuestRestorer restorer) {
    this.link = link;
    this.folders = folders;
    this.restorer = restorer;
  }

  /**
   * What a clone is restored with.
   *
   * @param xml of its domain, whose files are there
   */
  record Plan(String name, String xml) {}

  /**
   * Lays the clone's files over the snapshot's, which are held from then on. The caller holds the
   * original's lock.
   */
  Plan lay(UUID id, UUID vm, StoredSnapshot snapshot) throws HypervisorException {
    try {
      restorer.checkDisks(snapshot);
      String xml = snapshot.domainXml();
      HostMemory.check(new Obstacles(xml).memoryBytes().orElse(0));
      folders.make(id);
      Optional<Path> nvram = IsolatedDomain.nvram(xml);
      Optional<Path> copy =
          nvram.isPresent()
              ? Optional.of(folders.copy(id, nvram.get(), MOST_NVRAM))
              : Optional.empty();
      CloneIdentity identity =
          CloneIdentity.of(id, IsolatedDomain.name(xml), vm, snapshot.digest().hex());
      Map<String, String> images = cover(id, snapshot.disks());
      return new Plan(identity.name(), IsolatedDomain.of(xml, identity, images, copy));
    } catch (IOException e) {
      throw Failures.of(Reason.RESTORE_FAILED, e);
    } catch (MalformedDomainXmlException e) {
      throw Failures.of(e);
    } catch (NotIsolableException e) {
      throw new HypervisorException(
          Reason.CLONE_NOT_ISOLABLE, "VM " + vm + " cannot be cloned: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      throw Failures.interrupted(e);
    }
  }

  private Map<String, String> cover(UUID id, List<FrozenDisk> disks)
      throws IOException, InterruptedException {
    Map<String, String> images = new LinkedHashMap<>();
    for (FrozenDisk disk : disks) {
      images.put(disk.target(), folders.cover(id, images.size(), disk).toString());
    }
    return images;
  }

  /**
   * Restores, cuts off, and opens the stub.
   *
   * @return where gdb finds it
   */
  String start(UUID id, StoredSnapshot snapshot, Plan plan) throws HypervisorException {
    try {
      restorer.feed(link, snapshot, plan.xml());
      try (GuestDomain domain = link.domain(id)) {
        if (domain.state() != RunState.SUSPENDED) {
          throw new HypervisorException(Reason.RESTORE_FAILED, "the clone does not stand still");
        }
        cutOff(domain);
        return GdbStub.open(new Qmp(domain));
      }
    } catch (IOException e) {
      throw Failures.of(Reason.RESTORE_FAILED, e);
    } catch (LibvirtFailure e) {
      throw Failures.of(Reason.RESTORE_FAILED, e);
    } catch (TeeException e) {
      throw Failures.of(Reason.RESTORE_FAILED, e);
    } catch (MalformedDomainXmlException e) {
      throw Failures.of(e);
    } catch (InterruptedException e) {
      throw Failures.interrupted(e);
    }
  }

  /**
   * Takes the network's backends away while nothing has run yet. That a link is down would not do:
   * the state that was loaded says anew whether it is (QEMU, virtio_net_post_load_device).
   */
  private static void cutOff(GuestDomain domain)
      throws LibvirtFailure, MalformedDomainXmlException {
    Qmp qmp = new Qmp(domain);
    for (String backend : IsolatedDomain.networkBackends(domain.liveXml())) {
      qmp.execute("netdev_del", JSON.createObjectBuilder().add("id", backend).build());
    }
  }
}
