// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.core.appraisal.PageDifferences;
import io.vmattest.core.appraisal.PageRun;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.snapshots.StoredSnapshot;
import io.vmattest.tee.Capture;
import io.vmattest.tee.TeeException;
import java.util.Optional;

/**
 * A snapshot that captures are compared with. It is opened, for which its page trees are made again
 * and checked, once for all of them.
 */
public final class Comparison implements AutoCloseable {
  /** Runs of differing pages that a result lists at most. */
  private static final int MAX_RUNS = 4096;

  private final StoredSnapshot snapshot;
  private Optional<Capture> opened = Optional.empty();

  public Comparison(StoredSnapshot snapshot) {
    this.snapshot = snapshot;
  }

  PageDifferences with(Capture capture) throws TeeException, HypervisorException {
    io.vmattest.tee.PageDifferences found = open().differences(capture, MAX_RUNS);
    return new PageDifferences(
        found.runs().stream().map(r -> new PageRun(r.block(), r.offset(), r.pages())).toList(),
        found.totalPages());
  }

  private Capture open() throws TeeException, HypervisorException {
    if (opened.isEmpty()) {
      opened = Optional.of(snapshot.open());
    }
    return opened.get();
  }

  @Override
  public void close() {
    opened.ifPresent(Capture::close);
  }
}
