// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.view;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.StateComponent;
import io.vmattest.server.ledger.StoredReport;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.Base64;
import java.util.List;

/** Reports; digests in hex, bytes in base64url without padding. */
public final class ReportView {
  private static final Base64.Encoder BASE64URL = Base64.getUrlEncoder().withoutPadding();

  private ReportView() {}

  /** What a report says, and the report itself. */
  public static JsonObject of(StoredReport stored) {
    return summary(stored)
        .add("components", components(stored.report().components()))
        .add("report", BASE64URL.encodeToString(stored.signed().encoded()))
        .build();
  }

  /** One page of a VM's reports, without their bytes. */
  public static JsonObject page(List<StoredReport> reports, int limit) {
    JsonArrayBuilder items = JSON.createArrayBuilder();
    reports.forEach(report -> items.add(summary(report)));
    JsonObjectBuilder json = JSON.createObjectBuilder().add("attestations", items);
    if (reports.size() == limit) {
      json.add("next", reports.get(limit - 1).report().sequence());
    }
    return json.build();
  }

  private static JsonObjectBuilder summary(StoredReport stored) {
    AttestationReport report = stored.report();
    JsonObjectBuilder json =
        JSON.createObjectBuilder()
            .add("digest", stored.digest().hex())
            .add("vm", report.vmId().toString())
            .add("name", report.vmName())
            .add("host", report.hostId())
            .add("sequence", report.sequence())
            .add("issuedAt", report.issuedAt().toString())
            .add("capturedAt", report.capturedAt().toString())
            .add("trigger", report.trigger())
            .add("mode", report.mode().claim())
            .add("pauseMicros", report.pauseMicros())
            .add("stateHash", report.stateHash().hex())
            .add("snapshot", stored.snapshotKept())
            .add("snapshotDigest", report.snapshot().hex())
            .add("keyEvidence", report.keyEvidence().hex())
            .add("ledgerIndex", stored.ledgerIndex());
    report.previous().map(Digest::hex).ifPresent(digest -> json.add("previous", digest));
    report.nonce().map(BASE64URL::encodeToString).ifPresent(nonce -> json.add("nonce", nonce));
    return json;
  }

  private static JsonArrayBuilder components(List<StateComponent> components) {
    JsonArrayBuilder items = JSON.createArrayBuilder();
    for (StateComponent component : components) {
      items.add(
          JSON.createObjectBuilder()
              .add("name", component.name())
              .add("digest", component.digest().hex())
              .add("size", component.size())
              .add("origin", component.origin().name()));
    }
    return items;
  }
}
