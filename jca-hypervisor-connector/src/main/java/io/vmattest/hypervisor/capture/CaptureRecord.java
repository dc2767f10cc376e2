// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.hypervisor.snapshots.DurableFiles;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How a guest was before a capture: what must be set right should the capture be broken off.
 *
 * @param runId of the domain; another run has nothing of ours in it
 * @param running whether the guest ran
 * @param capabilities of QEMU's migration, those that were changed
 * @param parameters of QEMU's migration, those that were changed
 * @param background the guest that may hang, if it is captured in the background
 */
record CaptureRecord(
    int runId,
    boolean running,
    Map<String, Boolean> capabilities,
    JsonObject parameters,
    Optional<ExposedGuest> background) {
  /** No record is longer, in bytes. */
  private static final long MAX_SIZE = 64 << 10;

  private static final String BACKGROUND = "background";

  /** A file that is no record. */
  static final class DamagedException extends IOException {
    private static final long serialVersionUID = 1L;

    DamagedException(Path file, Throwable cause) {
      super(file + " is malformed", cause);
    }
  }

  void write(Path file) throws IOException {
    JsonObjectBuilder states = JSON.createObjectBuilder();
    capabilities.forEach(states::add);
    JsonObjectBuilder json =
        JSON.createObjectBuilder()
            .add("run", runId)
            .add("running", running)
            .add("capabilities", states)
            .add("parameters", parameters);
    background.ifPresent(guest -> json.add(BACKGROUND, toJson(guest)));
    DurableFiles.replace(file, json.build().toString().getBytes(StandardCharsets.UTF_8));
  }

  /**
   * @throws DamagedException if it is not what {@link #write} wrote
   */
  static CaptureRecord read(Path file) throws IOException {
    if (Files.size(file) > MAX_SIZE) {
      throw new DamagedException(file, new IOException("it is too large"));
    }
    String json = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    try (JsonReader reader = JSON.createReader(new StringReader(json))) {
      JsonObject record = reader.readObject();
      return new CaptureRecord(
          record.getInt("run"),
          record.getBoolean("running"),
          states(record.getJsonObject("capabilities")),
          numbers(record.getJsonObject("parameters")),
          Optional.ofNullable(record.getJsonObject(BACKGROUND)).map(CaptureRecord::guest));
    } catch (JsonException | NullPointerException | ClassCastException | ArithmeticException e) {
      throw new DamagedException(file, e);
    }
  }

  private static JsonObject toJson(ExposedGuest guest) {
    return JSON.createObjectBuilder()
        .add("pid", guest.qemu().pid())
        .add("start", guest.qemu().startTime())
        .add("socket", guest.socket())
        .build();
  }

  private static ExposedGuest guest(JsonObject json) {
    return new ExposedGuest(
        new QemuProcess(
            json.getJsonNumber("pid").longValueExact(),
            json.getJsonNumber("start").longValueExact()),
        json.getJsonNumber("socket").longValueExact());
  }

  private static Map<String, Boolean> states(JsonObject capabilities) {
    Map<String, Boolean> result = new TreeMap<>();
    capabilities.keySet().forEach(name -> result.put(name, capabilities.getBoolean(name)));
    return result;
  }

  private static JsonObject numbers(JsonObject parameters) {
    for (JsonValue value : parameters.values()) {
      if (value.getValueType() != JsonValue.ValueType.NUMBER) {
        throw new ClassCastException("a parameter is no number");
      }
    }
    return parameters;
  }
}
