// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.tlog.Checkpoint;
import io.vmattest.core.tlog.CounterBinding;
import io.vmattest.core.tlog.MalformedTlogException;
import io.vmattest.core.tlog.SignedCheckpoint;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A signed head of the tree. It is written once; beside the note is what it is found by. */
@Entity
@Table(name = "ledger_checkpoint")
public class CheckpointRow {
  @Id
  @Column(name = "tree_size", updatable = false)
  private long size;

  @Column(name = "made_at", updatable = false)
  private long madeAt;

  @Column(name = "counter_id", updatable = false)
  private @Nullable String counterId;

  @Column(name = "counter_value", updatable = false)
  private @Nullable Long counterValue;

  @Column(name = "note", updatable = false)
  private String note;

  @SuppressWarnings("NullAway.Init")
  protected CheckpointRow() {}

  CheckpointRow(SignedCheckpoint signed, Instant at, Optional<CounterBinding> counter) {
    this.size = signed.checkpoint().size();
    this.madeAt = at.toEpochMilli();
    this.counterId = counter.map(CounterBinding::counterId).orElse(null);
    this.counterValue = counter.map(CounterBinding::value).orElse(null);
    this.note = new String(signed.encoded(), StandardCharsets.UTF_8);
  }

  long size() {
    return size;
  }

  /** Whether what it is found by is what the note says. */
  boolean isOf(Checkpoint checkpoint) throws MalformedTlogException {
    Optional<CounterBinding> counter = CounterBinding.of(checkpoint);
    return checkpoint.size() == size
        && counter.map(CounterBinding::counterId).equals(Optional.ofNullable(counterId))
        && counter.map(CounterBinding::value).equals(Optional.ofNullable(counterValue));
  }

  Instant madeAt() {
    return Instant.ofEpochMilli(madeAt);
  }

  byte[] note() {
    return note.getBytes(StandardCharsets.UTF_8);
  }
}
