// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import io.vmattest.hypervisor.capture.VmLocks;
import io.vmattest.hypervisor.config.MalformedDomainXmlException;
import io.vmattest.hypervisor.config.OwnMetadata;
import io.vmattest.hypervisor.config.OwnMetadata.Found;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import javax.crypto.SecretKey;

/**
 * Takes up open branches that the journal has lost, by the copies in VMs' metadata. Whoever may
 * define a VM can write there what he likes: only what opens with the key that lies with the VM's
 * snapshots is acted on. Anything else is a line in the log.
 */
final class LostBranches {
  private static final Logger LOG = System.getLogger(LostBranches.class.getName());

  /** More copies than one are not ours. */
  private static final int MAX_COPIES = 4;

  private final Records records;
  private final WorkLocks locks;
  private final GuestWork work;
  private final MirrorKeys keys;
  private final MetadataMirror mirror;
  private final OnceEach complaints = new OnceEach(LOG);
  private final Set<String> told = new HashSet<>();
  private Optional<HostLink> searched = Optional.empty();

  LostBranches(
      Records records, WorkLocks locks, GuestWork work, MirrorKeys keys, MetadataMirror mirror) {
    this.records = records;
    this.locks = locks;
    this.work = work;
    this.keys = keys;
    this.mirror = mirror;
  }

  /** Looks at all VMs, once for each connection unless something kept it from doing so. */
  synchronized void takeUp(HostLink link) {
    if (searched.filter(link::equals).isPresent()) {
      return;
    }
    boolean all = true;
    try {
      for (GuestDomain domain : link.domains()) {
        try (domain) {
          all &= lookAt(link, domain);
        }
      }
    } catch (LibvirtFailure e) {
      all = false;
    }
    searched = all ? Optional.of(link) : Optional.empty();
  }

  /** Whether that could be done; a VM that is gone meanwhile needs nothing. */
  private boolean lookAt(HostLink link, GuestDomain domain) {
    try {
      UUID vm = domain.id();
      if (!copies(domain).isEmpty()) {
        try (VmLocks.Held lock = locks.acquire(vm)) {
          decide(link, domain, vm);
        }
      }
      return true;
    } catch (LibvirtFailure e) {
      return e.isNoDomain();
    } catch (MalformedDomainXmlException e) {
      return true;
    } catch (HypervisorException | IOException | RuntimeException e) {
      // The VM is worked on, or the journal cannot be read.
      complaints.warn("metadata that has an open rollback waits to be looked at", e);
      return false;
    }
  }

  /** As it runs and as it is defined. */
  private static Set<Found> copies(GuestDomain domain)
      throws LibvirtFailure, MalformedDomainXmlException {
    Set<Found> result = new LinkedHashSet<>(OwnMetadata.list(domain.liveXml()));
    if (domain.isPersistent()) {
      result.addAll(OwnMetadata.list(domain.definedXml()));
    }
    return result;
  }

  private void decide(HostLink link, GuestDomain domain, UUID vm)
      throws LibvirtFailure, MalformedDomainXmlException, HypervisorException, IOException {
    List<Branch> known = records.list().stream().filter(b -> b.vm().equals(vm)).toList();
    if (known.stream().anyMatch(b -> !b.phase().isOver())) {
      return;
    }
    Set<Found> copies = copies(domain);
    if (copies.stream().anyMatch(c -> known.stream().anyMatch(b -> isOf(c, b)))) {
      mirror.clear(link, vm);
      return;
    }
    Optional<SecretKey> key = keys.find(vm);
    if (key.isEmpty()) {
      leave(vm, "it is over, or forged, or its snapshots' folder has lost the key");
      return;
    }
    Optional<Branch> branch =
        copies.stream()
            .limit(MAX_COPIES)
            .flatMap(c -> SealedBranch.open(c.text(), vm, key.get()).stream())
            .findFirst();
    if (branch.isPresent()) {
      takeUp(branch.get(), domain.state());
    } else {
      leave(vm, "it does not open with the key of the VM's last copy");
    }
  }

  private static boolean isOf(Found copy, Branch branch) {
    return copy.id().equals(branch.id().fileName());
  }

  private void takeUp(Branch branch, RunState state) throws HypervisorException, IOException {
    Optional<String> refusal =
        refusal(branch, state, digest -> work.hasSnapshot(branch.vm(), digest));
    if (refusal.isPresent()) {
      leave(branch.vm(), refusal.get());
      if (state == RunState.RUNNING) {
        // Should it be paused one day, that is for another reason.
        keys.revoke(branch.vm());
      }
    } else {
      records.restore(branch);
      LOG.log(
          Level.WARNING,
          "VM {0}: the journal had lost its open rollback {1}, {2}; taken up from its metadata",
          branch.vm(),
          branch.id().fileName(),
          branch.phase());
    }
  }

  /**
   * Why a branch is not taken up that was sealed for the VM whose metadata has it; empty if it is.
   *
   * @param kept whether the VM's snapshot of a digest is there
   */
  static Optional<String> refusal(Branch branch, RunState state, Predicate<Digest> kept) {
    boolean replaced = branch.phase() != Branch.Phase.CAPTURING;
    if (branch.phase().isOver()) {
      return Optional.of("it is over");
    }
    if (replaced && branch.suspect().isEmpty()) {
      return Optional.of("it does not name the suspect's snapshot");
    }
    if (!kept.test(branch.attested()) || branch.suspect().filter(kept.negate()).isPresent()) {
      return Optional.of("the attested or the suspect's snapshot is not in the store");
    }
    if (state != RunState.SUSPENDED && state != RunState.SHUT_OFF) {
      return Optional.of("the VM stands neither paused nor shut off, but is " + state);
    }
    return Optional.empty();
  }

  private void leave(UUID vm, String why) {
    String line =
        "VM %s: its metadata has an open rollback that the journal does not know; nothing is done: %s"
            .formatted(vm, why);
    if (told.add(line)) {
      LOG.log(Level.WARNING, line);
    }
  }
}
