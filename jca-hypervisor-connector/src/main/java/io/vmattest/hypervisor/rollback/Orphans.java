// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.libvirt.HostLink;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.Predicate;

/** Undoes the branches that nobody will finish; one that cannot be undone does not stop others. */
final class Orphans {
  private static final Logger LOG = System.getLogger(Orphans.class.getName());

  /** Undoes one branch. */
  @FunctionalInterface
  interface Undo {
    /**
     * @return false if there was nothing to undo any more
     */
    boolean of(HostLink link, Branch branch) throws HypervisorException;
  }

  private final Records records;
  private final Predicate<Branch> isOrphan;
  private final Undo undo;
  private final OnceEach complaints = new OnceEach(LOG);
  private volatile boolean closed;

  Orphans(Records records, Predicate<Branch> isOrphan, Undo undo) {
    this.records = records;
    this.isOrphan = isOrphan;
    this.undo = undo;
  }

  void undo(HostLink link) throws HypervisorException {
    for (Branch branch : records.list()) {
      if (!closed && isOrphan.test(branch)) {
        undo(link, branch);
      }
    }
  }

  private void undo(HostLink link, Branch branch) {
    String subject = "VM " + branch.vm() + " is not back yet: its rollback was broken off";
    try {
      if (undo.of(link, branch)) {
        LOG.log(Level.WARNING, "VM {0} is back: its rollback was broken off", branch.vm());
      }
      complaints.settled(subject);
    } catch (HypervisorException e) {
      // Busy: another process is at it, which is alive.
      if (e.reason() != Reason.CAPTURE_IN_PROGRESS) {
        complaints.warn(subject, e);
      }
    } catch (RuntimeException e) {
      complaints.warn(subject, e);
    }
  }

  void close() {
    closed = true;
  }
}
