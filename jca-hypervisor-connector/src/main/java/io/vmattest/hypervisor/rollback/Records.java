// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.OpenRollbacks;
import io.vmattest.hypervisor.capture.Failures;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The journal, with failures as callers of the connector know them. */
record Records(BranchJournal journal) {
  /** One operation of the journal. */
  @FunctionalInterface
  private interface Call<T> {
    T run() throws IOException;
  }

  List<Branch> list() throws HypervisorException {
    return call(journal::list);
  }

  Optional<Branch> find(BranchId id) throws HypervisorException {
    return call(() -> journal.find(id));
  }

  Optional<Instant> since(BranchId id) throws HypervisorException {
    return call(() -> journal.since(id));
  }

  List<OpenRollbacks.Damaged> damaged() throws HypervisorException {
    return call(journal::damaged);
  }

  void put(Branch branch) throws HypervisorException {
    call(
        () -> {
          journal.put(branch);
          return branch;
        });
  }

  void restore(Branch branch) throws HypervisorException {
    call(
        () -> {
          journal.restore(branch);
          return branch;
        });
  }

  void close(Branch branch) throws HypervisorException {
    call(
        () -> {
          journal.close(branch);
          return branch;
        });
  }

  void remove(BranchId id) throws HypervisorException {
    call(
        () -> {
          journal.remove(id);
          return id;
        });
  }

  private static <T> T call(Call<T> call) throws HypervisorException {
    try {
      return call.run();
    } catch (IOException e) {
      throw Failures.of(Reason.RESTORE_FAILED, e);
    }
  }
}
