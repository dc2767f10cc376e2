// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.operations;

import static io.vmattest.core.json.JsonImplementation.JSON;

import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.io.StringReader;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What is kept of an operation over a restart. */
@Entity
@Table(name = "operation")
public class OperationRow {
  private static final int LONGEST_DETAIL = 2000;

  @Id
  @Column(name = "id")
  private String id;

  @Column(name = "kind")
  private String kind;

  @Column(name = "vm_id")
  private @Nullable String vmId;

  @Column(name = "state")
  private String state;

  @Column(name = "started_at")
  private long startedAt;

  @Column(name = "result")
  private String result = "{}";

  @Column(name = "failure_reason")
  private @Nullable String failureReason;

  @Column(name = "failure_detail")
  private @Nullable String failureDetail;

  @SuppressWarnings("NullAway.Init")
  protected OperationRow() {}

  OperationRow(UUID id, String kind, Optional<UUID> vm, Instant startedAt) {
    this.id = id.toString();
    this.kind = kind;
    this.vmId = vm.map(UUID::toString).orElse(null);
    this.state = Operation.State.RUNNING.name();
    this.startedAt = startedAt.toEpochMilli();
  }

  void succeeded(JsonObject values) {
    state = Operation.State.SUCCEEDED.name();
    result = values.toString();
  }

  void failed(Operation.Failure failure) {
    state = Operation.State.FAILED.name();
    failureReason = failure.reason();
    String detail = failure.detail();
    failureDetail = detail.substring(0, Math.min(detail.length(), LONGEST_DETAIL));
  }

  Operation operation() {
    Operation.State now = Operation.State.valueOf(state);
    return new Operation(
        UUID.fromString(id),
        kind,
        Optional.ofNullable(vmId).map(UUID::fromString),
        now,
        now == Operation.State.SUCCEEDED ? "done" : now == Operation.State.FAILED ? "failed" : "",
        now == Operation.State.SUCCEEDED ? 1 : 0,
        Instant.ofEpochMilli(startedAt),
        values(),
        failure());
  }

  private Optional<Operation.Failure> failure() {
    return failureReason == null
        ? Optional.empty()
        : Optional.of(
            new Operation.Failure(failureReason, failureDetail == null ? "" : failureDetail));
  }

  private JsonObject values() {
    try (JsonReader reader = JSON.createReader(new StringReader(result))) {
      return reader.readObject();
    }
  }
}
