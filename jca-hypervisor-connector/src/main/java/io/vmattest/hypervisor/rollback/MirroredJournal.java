// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import java.io.IOException;
import java.util.UUID;

/** The journal, and after it the copy in the VM's metadata. */
record MirroredJournal(BranchJournal journal, MetadataMirror mirror) {
  /** Durable on return. */
  void put(HostLink link, Branch branch) throws IOException {
    journal.put(branch);
    mirror.show(() -> link, branch);
  }

  /** See {@link BranchJournal#close}. */
  void close(HostLink link, Branch branch) throws IOException {
    // First: a copy that is good when the record is gone would bring the branch back.
    mirror.revoke(branch.vm());
    journal.close(branch);
    // Again, for who was about to write a copy may have made a key; now he sees that it is over.
    mirror.revoke(branch.vm());
    mirror.clear(link, branch.vm());
  }

  /** Redefines the VM of a branch. */
  void define(HostLink link, UUID vm, String xml) throws LibvirtFailure {
    mirror.define(link, vm, xml);
  }
}
