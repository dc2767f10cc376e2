// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import io.vmattest.hypervisor.libvirt.QmpException;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * QEMU's migration capabilities and parameters as a capture needs them, and as they were before.
 * What they were is on disk as long as they are not, because libvirt never sets them back: a later
 * save or migration of libvirt's would run with ours.
 */
final class MigrationSettings {
  private static final String BANDWIDTH_NAME = "max-bandwidth";
  private static final String DOWNTIME_NAME = "downtime-limit";
  private static final String BACKGROUND_NAME = "background-snapshot";

  /** Everything that changes the stream's form or the way it is sent. */
  private static final Map<String, Boolean> WANTED =
      Map.ofEntries(
          Map.entry("return-path", true),
          Map.entry("events", true),
          Map.entry("xbzrle", false),
          Map.entry("auto-converge", false),
          Map.entry("compress", false),
          Map.entry("postcopy-ram", false),
          Map.entry("release-ram", false),
          Map.entry("x-colo", false),
          Map.entry("block", false),
          Map.entry("multifd", false),
          Map.entry("mapped-ram", false),
          Map.entry("dirty-bitmaps", false),
          Map.entry("x-ignore-shared", false),
          Map.entry("validate-uuid", false),
          Map.entry(BACKGROUND_NAME, false),
          Map.entry("pause-before-switchover", false),
          Map.entry("zero-copy-send", false),
          Map.entry("switchover-ack", false));

  private final GuestDomain domain;
  private final Qmp qmp;
  private final Path record;

  /** What is in the record, should the disk that it is on fail meanwhile. */
  private Optional<CaptureRecord> applied = Optional.empty();

  /**
   * @param record where the former settings are kept meanwhile
   */
  MigrationSettings(GuestDomain domain, Path record) {
    this.domain = domain;
    this.qmp = new Qmp(domain);
    this.record = record;
  }

  /**
   * Sets what a capture of a running guest needs; to be followed by {@link #restore()} and {@link
   * #forget()} whatever happens.
   *
   * @param bandwidth bytes a second
   */
  void apply(int downtimeMillis, long bandwidth) throws LibvirtFailure, IOException {
    JsonObject parameters =
        JSON.createObjectBuilder()
            .add(BANDWIDTH_NAME, bandwidth)
            .add(DOWNTIME_NAME, downtimeMillis)
            .build();
    apply(true, Map.of(), parameters, Optional.empty());
  }

  /**
   * Sets what a capture of a guest that stands still needs; to be followed by {@link #restore()}
   * and {@link #forget()} whatever happens.
   */
  void applyStanding() throws LibvirtFailure, IOException {
    JsonObject parameters =
        JSON.createObjectBuilder().add(BANDWIDTH_NAME, BudgetLimits.UNLIMITED).build();
    apply(false, Map.of(), parameters, Optional.empty());
  }

  /**
   * Sets what a background snapshot needs; to be followed by {@link #restore()} and {@link
   * #forget()} whatever happens.
   *
   * @param guest what is to be freed should we not come to its end
   * @param bandwidth bytes a second
   * @throws QmpException if the host's kernel has none, or the guest's memory allows none
   */
  void applyBackground(ExposedGuest guest, long bandwidth) throws LibvirtFailure, IOException {
    apply(
        true,
        Map.of("return-path", false, BACKGROUND_NAME, true),
        JSON.createObjectBuilder().add(BANDWIDTH_NAME, bandwidth).build(),
        Optional.of(guest));
  }

  /** Whether this QEMU knows background snapshots at all. */
  boolean knowsBackground() throws LibvirtFailure {
    return capabilities().containsKey(BACKGROUND_NAME);
  }

  private void apply(
      boolean running,
      Map<String, Boolean> special,
      JsonObject parameters,
      Optional<ExposedGuest> background)
      throws LibvirtFailure, IOException {
    // A capture that was broken off with its process has left its own settings in QEMU.
    restore();
    Map<String, Boolean> before = capabilities();
    Map<String, Boolean> wanted = new TreeMap<>(WANTED);
    wanted.putAll(special);
    wanted.keySet().retainAll(before.keySet());
    wanted.entrySet().removeIf(e -> e.getValue().equals(before.get(e.getKey())));
    Map<String, Boolean> changed = new TreeMap<>(before);
    changed.keySet().retainAll(wanted.keySet());
    CaptureRecord former =
        new CaptureRecord(domain.runId(), running, changed, parameters(), background);
    former.write(record);
    applied = Optional.of(former);
    setCapabilities(wanted);
    qmp.execute("migrate-set-parameters", parameters);
  }

  void setDowntime(int millis) throws LibvirtFailure {
    qmp.execute(
        "migrate-set-parameters", JSON.createObjectBuilder().add(DOWNTIME_NAME, millis).build());
  }

  /**
   * @param bandwidth bytes a second
   */
  void setBandwidth(long bandwidth) throws LibvirtFailure {
    qmp.execute(
        "migrate-set-parameters",
        JSON.createObjectBuilder().add(BANDWIDTH_NAME, bandwidth).build());
  }

  /** Sets back what a capture has changed, if one has. The record of it stays. */
  void restore() throws LibvirtFailure, IOException {
    if (applied.isPresent()) {
      restore(applied.get());
    } else if (Files.exists(record)) {
      restore(CaptureRecord.read(record));
    }
  }

  private void restore(CaptureRecord before) throws LibvirtFailure {
    if (before.runId() != domain.runId()) {
      return;
    }
    Map<String, Boolean> states = new TreeMap<>(before.capabilities());
    states.keySet().retainAll(capabilities().keySet());
    setCapabilities(states);
    qmp.execute("migrate-set-parameters", before.parameters());
  }

  /** To be called once everything is as it was, the guest too. */
  void forget() throws IOException {
    Files.deleteIfExists(record);
  }

  private Map<String, Boolean> capabilities() throws LibvirtFailure {
    Map<String, Boolean> result = new TreeMap<>();
    for (JsonValue value : qmp.execute("query-migrate-capabilities").asJsonArray()) {
      JsonObject capability = value.asJsonObject();
      result.put(capability.getString("capability"), capability.getBoolean("state"));
    }
    return result;
  }

  private JsonObject parameters() throws LibvirtFailure {
    JsonObject all = qmp.execute("query-migrate-parameters").asJsonObject();
    return JSON.createObjectBuilder()
        .add(BANDWIDTH_NAME, all.getJsonNumber(BANDWIDTH_NAME))
        .add(DOWNTIME_NAME, all.getJsonNumber(DOWNTIME_NAME))
        .build();
  }

  private void setCapabilities(Map<String, Boolean> states) throws LibvirtFailure {
    if (states.isEmpty()) {
      return;
    }
    JsonArrayBuilder array = JSON.createArrayBuilder();
    states.forEach(
        (name, state) ->
            array.add(JSON.createObjectBuilder().add("capability", name).add("state", state)));
    qmp.execute(
        "migrate-set-capabilities", JSON.createObjectBuilder().add("capabilities", array).build());
  }
}
