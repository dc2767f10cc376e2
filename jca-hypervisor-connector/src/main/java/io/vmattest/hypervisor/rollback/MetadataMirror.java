// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.hypervisor.config.MalformedDomainXmlException;
import io.vmattest.hypervisor.config.OwnMetadata;
import io.vmattest.hypervisor.libvirt.DomainMetadata;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.UUID;

/**
 * A sealed copy of an open branch's record in its VM's libvirt metadata, for {@link LostBranches}.
 * The journal is written first, and decides; that a copy cannot be written is said in the log, and
 * stops nothing.
 */
final class MetadataMirror {
  private static final Logger LOG = System.getLogger(MetadataMirror.class.getName());

  private static final DomainMetadata ELEMENT =
      new DomainMetadata("vmattest", OwnMetadata.NAMESPACE);

  private final BranchJournal journal;
  private final MirrorKeys keys;
  private final OnceEach complaints = new OnceEach(LOG);

  MetadataMirror(BranchJournal journal, MirrorKeys keys) {
    this.journal = journal;
    this.keys = keys;
  }

  /** Of a branch that the journal has just taken; a copy of its former state counts no more. */
  void show(Rollbacks.Links links, Branch branch) {
    String subject = "VM " + branch.vm() + ": no copy of its open rollback is in its metadata";
    try {
      Optional<String> sealed = seal(branch);
      if (sealed.isEmpty()) {
        LOG.log(Level.WARNING, "{0}: the record is too large", subject);
        return;
      }
      try (GuestDomain domain = links.get().domain(branch.vm())) {
        ELEMENT.set(domain, element(branch, sealed.get()));
      }
      complaints.settled(subject);
    } catch (LibvirtFailure | IOException | RuntimeException e) {
      complaints.warn(subject, e);
    }
  }

  private Optional<String> seal(Branch branch) throws IOException {
    boolean current = false;
    try {
      Optional<String> sealed = SealedBranch.seal(branch, keys.renew(branch.vm()));
      // Somebody else may have ended it meanwhile, and its key has to stay gone then.
      current = sealed.isPresent() && journal.find(branch.id()).equals(Optional.of(branch));
      return sealed;
    } finally {
      if (!current) {
        keys.revoke(branch.vm());
      }
    }
  }

  /** Identifier and phase are for people only. */
  private static String element(Branch branch, String sealed) {
    return "<branch id='%s' phase='%s'>%s</branch>"
        .formatted(branch.id().fileName(), branch.phase(), sealed);
  }

  /** What is in the VM's metadata counts no more from here on. Durable on return. */
  void revoke(UUID vm) throws IOException {
    keys.revoke(vm);
  }

  /** Takes the copy out of the VM's metadata. */
  void clear(HostLink link, UUID vm) {
    try (GuestDomain domain = link.domain(vm)) {
      ELEMENT.remove(domain);
    } catch (LibvirtFailure e) {
      if (!e.isNoDomain()) {
        complaints.warn("VM " + vm + ": the copy of its rollback that is over stays", e);
      }
    }
  }

  /** Redefines a persistent VM, and keeps the copy that its definition has. */
  void define(HostLink link, UUID vm, String xml) throws LibvirtFailure {
    link.define(withCopy(link, vm, xml));
  }

  private String withCopy(HostLink link, UUID vm, String xml) {
    try (GuestDomain domain = link.domain(vm)) {
      return OwnMetadata.carriedOver(domain.definedXml(), xml);
    } catch (LibvirtFailure | MalformedDomainXmlException e) {
      complaints.warn("VM " + vm + ": its new definition has no copy of its rollback", e);
      return xml;
    }
  }
}
