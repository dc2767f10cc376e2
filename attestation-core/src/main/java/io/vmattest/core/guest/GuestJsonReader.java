// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.guest;

import io.vmattest.core.report.Digest;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A guest's state back from the JSON that {@link GuestJson} writes. */
final class GuestJsonReader {
  private GuestJsonReader() {}

  static GuestState read(JsonObject json) throws MalformedGuestDocumentException {
    try {
      return json.containsKey("kernel")
          ? readable(json)
          : new GuestState.Unreadable(json.getString("reason"), json.getString("detail"));
    } catch (NullPointerException | ClassCastException | ArithmeticException e) {
      throw malformed(e);
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw malformed(e);
    }
  }

  private static MalformedGuestDocumentException malformed(RuntimeException cause) {
    return new MalformedGuestDocumentException("a field is absent or of another type", cause);
  }

  private static GuestState readable(JsonObject json) {
    return new GuestState.Seen(
        readKernel(json.getJsonObject("kernel")),
        list(json, "tasks", GuestJsonReader::readTask),
        list(
            json, "modules", item -> new GuestModule(item.getString("name"), number(item, "size"))),
        list(json, "sockets", GuestJsonReader::readSocket),
        list(
            json,
            "mounts",
            item ->
                new GuestMount(
                    item.getString("source"),
                    item.getString("point"),
                    item.getString("type"),
                    item.getString("options"))),
        list(json, "findings", GuestJsonReader::readFinding));
  }

  private interface Reader<T> {
    T read(JsonObject json);
  }

  private static <T> List<T> list(JsonObject json, String name, Reader<T> reader) {
    List<T> items = new ArrayList<>();
    for (JsonObject item : json.getJsonArray(name).getValuesAs(JsonObject.class)) {
      items.add(reader.read(item));
    }
    return items;
  }

  private static GuestKernel readKernel(JsonObject json) {
    return new GuestKernel(
        json.getString("release"),
        json.getString("buildId"),
        unhex(json.getString("kaslrOffset")),
        json.getString("reference"));
  }

  private static GuestTask readTask(JsonObject json) {
    return new GuestTask(
        number(json, "pid"),
        number(json, "parent"),
        json.getString("name"),
        json.getBoolean("kernelThread"),
        number(json, "startNanos"),
        Optional.ofNullable(json.getJsonObject("executable")).map(GuestJsonReader::readExecutable),
        json.getJsonArray("commandLine").getValuesAs(JsonString::getString),
        readIds(json, "uids"),
        readIds(json, "gids"),
        unhex(json.getString("permitted")),
        unhex(json.getString("effective")),
        number(json, "userNamespace"),
        json.getJsonNumber("threads").intValueExact());
  }

  private static GuestExecutable readExecutable(JsonObject json) {
    return new GuestExecutable(
        json.getString("path"),
        number(json, "size"),
        number(json, "residentPages"),
        Optional.ofNullable(json.getString("sha256", null)).map(Digest::ofHex));
  }

  private static GuestIds readIds(JsonObject json, String name) {
    List<Long> ids = json.getJsonArray(name).getValuesAs(JsonNumber::longValueExact);
    return new GuestIds(ids.get(0), ids.get(1), ids.get(2), ids.get(3));
  }

  private static GuestSocket readSocket(JsonObject json) {
    return new GuestSocket(
        json.getString("protocol"),
        json.getString("local"),
        json.getString("remote"),
        json.getString("state"),
        json.getJsonArray("pids").getValuesAs(JsonNumber::longValueExact));
  }

  private static GuestFinding readFinding(JsonObject json) {
    JsonValue page = json.get("page");
    return new GuestFinding(
        json.getString("kind"),
        json.getString("severity"),
        json.getString("subject"),
        json.getString("expected"),
        json.getString("found"),
        unhex(json.getString("address")),
        page instanceof JsonString text
            ? OptionalLong.of(unhex(text.getString()))
            : OptionalLong.empty(),
        Optional.ofNullable(json.getJsonObject("proof")).map(PageProofJson::read));
  }

  private static long number(JsonObject json, String name) {
    return json.getJsonNumber(name).longValueExact();
  }

  private static long unhex(String text) {
    if (!text.startsWith("0x")) {
      throw new NumberFormatException(text);
    }
    return Long.parseUnsignedLong(text.substring(2), 16);
  }
}
