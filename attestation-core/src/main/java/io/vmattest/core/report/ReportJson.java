// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.report;

import static io.vmattest.core.json.JsonImplementation.JSON;

import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/** A report as JSON, for people and for clients that only look: digests and values in hex. */
public final class ReportJson {
  private ReportJson() {}

  /** The report's claims, its digest, and whether it carries evidence and an enrolment. */
  public static JsonObject of(SignedReport signed) {
    JsonObjectBuilder json = JSON.createObjectBuilder().add("digest", signed.digest().hex());
    addHead(json, signed.report());
    addState(json, signed.report());
    return json.add("carriesKeyEvidence", signed.keyEvidence().isPresent())
        .add("carriesEnrolment", signed.enrolment().isPresent())
        .build();
  }

  private static void addHead(JsonObjectBuilder json, AttestationReport report) {
    json.add("profile", ReportDecoder.PROFILE)
        .add("vm", report.vmId().toString())
        .add("vmName", report.vmName())
        .add("host", report.hostId())
        .add("trigger", report.trigger())
        .add("sequence", report.sequence())
        .add("issuedAt", report.issuedAt().toString())
        .add("capturedAt", report.capturedAt().toString())
        .add("mode", report.mode().claim())
        .add("pauseMicros", report.pauseMicros())
        .add("switchoverMicros", report.switchoverMicros())
        .add("machine", report.machineType());
    report.previous().ifPresent(previous -> json.add("previous", previous.hex()));
    report
        .nonce()
        .ifPresent(
            nonce ->
                json.add("nonce", Base64.getUrlEncoder().withoutPadding().encodeToString(nonce)));
    report.teeClock().ifPresent(clock -> json.add("teeClock", clock(clock)));
  }

  private static void addState(JsonObjectBuilder json, AttestationReport report) {
    JsonArrayBuilder vcpus = JSON.createArrayBuilder();
    report.vcpus().forEach(vcpu -> vcpus.add(registers(vcpu)));
    JsonArrayBuilder devices = JSON.createArrayBuilder();
    report.devices().forEach(device -> devices.add(device(device)));
    JsonArrayBuilder blocks = JSON.createArrayBuilder();
    report.ramBlocks().forEach(block -> blocks.add(block(block)));
    json.add("stateHash", report.stateHash().hex())
        .add("snapshot", report.snapshot().hex())
        .add("keyEvidence", report.keyEvidence().hex())
        .add("components", components(report))
        .add("vcpus", vcpus)
        .add("devices", devices)
        .add("ramBlocks", blocks);
  }

  /** The components alone, in name order. */
  public static JsonArrayBuilder components(AttestationReport report) {
    JsonArrayBuilder components = JSON.createArrayBuilder();
    for (StateComponent component : report.components()) {
      components.add(
          JSON.createObjectBuilder()
              .add("name", component.name())
              .add("digest", component.digest().hex())
              .add("size", component.size())
              .add(
                  "origin",
                  switch (component.origin()) {
                    case MEASURED -> "measured";
                    case HOST -> "host";
                  }));
    }
    return components;
  }

  private static JsonObjectBuilder registers(Map<String, byte[]> vcpu) {
    JsonObjectBuilder registers = JSON.createObjectBuilder();
    new TreeMap<>(vcpu)
        .forEach((name, value) -> registers.add(name, HexFormat.of().formatHex(value)));
    return registers;
  }

  private static JsonObjectBuilder device(AttestationReport.Device device) {
    return JSON.createObjectBuilder()
        .add("section", device.section())
        .add("instance", device.instance())
        .add("version", device.version())
        .add("digest", device.digest().hex());
  }

  private static JsonObjectBuilder block(AttestationReport.RamBlock block) {
    return JSON.createObjectBuilder()
        .add("name", block.name())
        .add("length", block.length())
        .add("root", block.root().hex());
  }

  private static JsonObjectBuilder clock(AttestationReport.TeeClock clock) {
    return JSON.createObjectBuilder()
        .add("clockMillis", clock.clock())
        .add("resetCount", clock.resetCount())
        .add("restartCount", clock.restartCount())
        .add("safe", clock.safe());
  }
}
