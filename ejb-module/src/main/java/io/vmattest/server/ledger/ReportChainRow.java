// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.report.Digest;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The last report that was made of a VM, appended yet or not: what the next one must name. */
@Entity
@Table(name = "report_chain")
public class ReportChainRow {
  @Id
  @Column(name = "vm_id")
  private String vmId;

  @Column(name = "sequence_no")
  private long sequence;

  @Column(name = "digest")
  private @Nullable String digest;

  @SuppressWarnings("NullAway.Init")
  protected ReportChainRow() {}

  ReportChainRow(UUID vm) {
    this.vmId = vm.toString();
  }

  long sequence() {
    return sequence;
  }

  Optional<Digest> digest() {
    return Optional.ofNullable(digest).map(Digest::ofHex);
  }

  void set(long newSequence, Optional<Digest> newDigest) {
    sequence = newSequence;
    digest = newDigest.map(Digest::hex).orElse(null);
  }
}
