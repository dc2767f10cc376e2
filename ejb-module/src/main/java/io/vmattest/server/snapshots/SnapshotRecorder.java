// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.snapshots;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import io.vmattest.server.events.EventPublisher;
import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.ledger.LedgerRecord;
import io.vmattest.server.ledger.VmState;
import io.vmattest.server.ledger.VmStates;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/** Records what became of snapshots, entry and event, in a transaction of its own. */
@Stateless
@TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
public class SnapshotRecorder {
  @Inject Ledger ledger;
  @Inject VmStates states;
  @Inject EventPublisher events;
  @Inject OpenCases cases;

  /**
   * Says that a snapshot is about to be dropped. It is said first, because dropping can take long:
   * a server that dies meanwhile must not leave a snapshot gone and no word of it.
   *
   * @return what {@link #dropped} is to be given
   */
  public LedgerRecord dropping(UUID vm, Snapshot snapshot, DropReason why) {
    return append(
        vm,
        body("DROPPED", values(snapshot, why)),
        "snapshot %s was dropped: %s".formatted(snapshot.digest().hex(), why));
  }

  /** Tells the topic that it is done. */
  public void dropped(UUID vm, Snapshot snapshot, DropReason why, LedgerRecord entry) {
    publish(ServerEvent.Type.SNAPSHOT_DROPPED, vm, values(snapshot, why), entry);
  }

  /** Takes back that a snapshot was dropped. */
  public void notDropped(UUID vm, Snapshot snapshot, String detail) {
    Map<String, String> values = Map.of("snapshot", snapshot.digest().hex(), "detail", detail);
    append(
        vm,
        body("NOT_DROPPED", values),
        "snapshot %s was not dropped after all: %s".formatted(snapshot.digest().hex(), detail));
  }

  /** Says who took a snapshot's memory along. */
  public void exported(UUID vm, Digest snapshot, Digest report, String by) {
    Map<String, String> values =
        Map.of("snapshot", snapshot.hex(), "report", report.hex(), "by", by);
    append(
        vm,
        body("EXPORTED", values),
        "snapshot %s was exported as a core".formatted(snapshot.hex()));
  }

  /** Says who has a snapshot as a debug clone, and why. */
  public void cloned(UUID vm, SnapshotClone clone, Digest report, CloneRequest request) {
    Map<String, String> values =
        new TreeMap<>(
            Map.of(
                "snapshot", clone.snapshot().hex(),
                "report", report.hex(),
                "clone", clone.id().toString(),
                "until", clone.until().toString(),
                "by", request.by()));
    request.why().ifPresent(why -> values.put("why", why));
    append(
        vm,
        body("CLONED", values),
        "snapshot %s was started as debug clone %s".formatted(clone.snapshot().hex(), clone.id()));
  }

  /** Says who ended a debug clone before its time. */
  public void cloneEnded(UUID vm, Digest snapshot, UUID clone, String by) {
    Map<String, String> values =
        Map.of("snapshot", snapshot.hex(), "clone", clone.toString(), "by", by);
    append(
        vm,
        body("CLONE_ENDED", values),
        "debug clone %s of snapshot %s was ended".formatted(clone, snapshot.hex()));
  }

  private static Map<String, String> values(Snapshot snapshot, DropReason why) {
    Map<String, String> values = new TreeMap<>();
    values.put("snapshot", snapshot.digest().hex());
    snapshot.report().ifPresent(r -> values.put("report", r.digest().hex()));
    values.put("capturedAt", snapshot.at().toString());
    values.put("reason", why.name());
    return values;
  }

  /** Closes the case, too. */
  public void caseClosed(UUID vm, Digest snapshot) {
    cases.close(vm, snapshot);
    Map<String, String> values = Map.of("snapshot", snapshot.hex());
    LedgerRecord entry =
        append(
            vm,
            body("CASE_CLOSED", values),
            "the case of snapshot %s was closed".formatted(snapshot.hex()));
    publish(ServerEvent.Type.CASE_CLOSED, vm, values, entry);
  }

  /** Tells the topic, too, if damage was found. */
  public void checked(UUID vm, CheckedVm checked) {
    JsonObjectBuilder body = JSON.createObjectBuilder(checked.json()).add("action", "CHECKED");
    LedgerRecord entry =
        append(
            vm,
            body.build(),
            "%d snapshots were checked, %d are damaged"
                .formatted(checked.snapshots(), checked.damaged().size()));
    if (!checked.damaged().isEmpty()) {
      CheckedVm.Damage first = checked.damaged().get(0);
      publish(
          ServerEvent.Type.SNAPSHOT_DAMAGED,
          vm,
          Map.of(
              "damaged", Integer.toString(checked.damaged().size()),
              "snapshots", Integer.toString(checked.snapshots()),
              "snapshot", first.snapshot().hex(),
              "detail", first.detail()),
          entry);
    }
  }

  private static JsonObject body(String action, Map<String, String> values) {
    JsonObjectBuilder json = JSON.createObjectBuilder().add("action", action);
    values.forEach(json::add);
    return json.build();
  }

  private LedgerRecord append(UUID vm, JsonObject body, String summary) {
    return ledger.append(
        LedgerEntryData.Type.SNAPSHOT,
        Optional.of(vm),
        body.toString().getBytes(StandardCharsets.UTF_8),
        summary);
  }

  private void publish(
      ServerEvent.Type type, UUID vm, Map<String, String> values, LedgerRecord entry) {
    Map<String, String> attributes = new TreeMap<>(values);
    attributes.put("ledgerIndex", Long.toString(entry.data().index()));
    states.find(vm).map(VmState::name).ifPresent(name -> attributes.put("vmName", name));
    events.publish(
        entry.hash().hex(), new ServerEvent(type, entry.data().at(), Optional.of(vm), attributes));
  }
}
