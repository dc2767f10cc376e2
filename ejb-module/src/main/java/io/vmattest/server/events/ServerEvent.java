// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.events;

import static io.vmattest.core.json.JsonImplementation.JSON;

import jakarta.json.JsonObjectBuilder;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Something that the outside is told.
 *
 * @param attributes by name; every name is a Java identifier, so that a JMS selector can use it
 */
public record ServerEvent(
    Type type, Instant at, Optional<UUID> vm, Map<String, String> attributes) {

  /** What happened. */
  public enum Type {
    REPORT,
    CHECKPOINT,
    LEDGER,
    REJECTED,
    VERDICT,
    ROLLBACK_STARTED,
    ROLLBACK,
    ROLLBACK_FAILED,
    ROLLBACK_RESOLVED,
    REACTION_REFUSED,
    PROPOSAL,
    MAINTENANCE,
    QUARANTINED,
    QUARANTINE_FAILED,
    QUARANTINE_LIFTED,
    BASELINE,
    POLICY,
    ENROLMENT,
    LIFECYCLE,
    HOST_SILENT,
    HOST_BACK,
    ATTESTATION_FAILED,
    SNAPSHOT_DROPPED,
    SNAPSHOT_DAMAGED,
    KERNEL_IMPORTED,
    CASE_CLOSED
  }

  public ServerEvent {
    attributes = Collections.unmodifiableSortedMap(new TreeMap<>(attributes));
  }

  /** The message's text: a flat JSON object. */
  public String json() {
    JsonObjectBuilder json = JSON.createObjectBuilder();
    json.add("type", type.name()).add("at", at.toString());
    vm.ifPresent(id -> json.add("vm", id.toString()));
    attributes.forEach(json::add);
    return json.build().toString();
  }
}
