// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.guest;

import static io.vmattest.core.json.JsonImplementation.JSON;

import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiConsumer;

/**
 * A guest's state to JSON and back. Numbers of 64 bits without a sign are text in hexadecimal: JSON
 * numbers are doubles to many.
 */
final class GuestJson {
  private GuestJson() {}

  static JsonObject write(GuestState state) {
    if (state instanceof GuestState.Unreadable unreadable) {
      return JSON.createObjectBuilder()
          .add("reason", unreadable.reason())
          .add("detail", unreadable.detail())
          .build();
    }
    GuestState.Seen guest = (GuestState.Seen) state;
    return JSON.createObjectBuilder()
        .add("kernel", kernel(guest.kernel()))
        .add("tasks", array(guest.tasks(), GuestJson::task))
        .add("modules", array(guest.modules(), GuestJson::module))
        .add("sockets", array(guest.sockets(), GuestJson::socket))
        .add("mounts", array(guest.mounts(), GuestJson::mount))
        .add("findings", array(guest.findings(), GuestJson::finding))
        .build();
  }

  static JsonArray tasks(GuestState.Seen guest) {
    return array(guest.tasks(), GuestJson::task).build();
  }

  static JsonArray modules(GuestState.Seen guest) {
    return array(guest.modules(), GuestJson::module).build();
  }

  private static <T> JsonArrayBuilder array(
      List<T> items, BiConsumer<JsonObjectBuilder, T> writer) {
    JsonArrayBuilder array = JSON.createArrayBuilder();
    for (T item : items) {
      JsonObjectBuilder json = JSON.createObjectBuilder();
      writer.accept(json, item);
      array.add(json);
    }
    return array;
  }

  private static JsonObjectBuilder kernel(GuestKernel kernel) {
    return JSON.createObjectBuilder()
        .add("release", kernel.release())
        .add("buildId", kernel.buildId())
        .add("kaslrOffset", hex(kernel.kaslrOffset()))
        .add("reference", kernel.reference());
  }

  private static void task(JsonObjectBuilder json, GuestTask task) {
    json.add("pid", task.pid())
        .add("parent", task.parent())
        .add("name", task.name())
        .add("kernelThread", task.kernelThread())
        .add("startNanos", task.startNanos());
    task.executable().ifPresent(path -> json.add("executable", path));
    json.add("commandLine", JSON.createArrayBuilder(task.commandLine()))
        .add("uids", ids(task.uids()))
        .add("gids", ids(task.gids()))
        .add("permitted", hex(task.permitted()))
        .add("effective", hex(task.effective()))
        .add("threads", task.threads());
  }

  private static JsonArrayBuilder ids(GuestIds ids) {
    return JSON.createArrayBuilder()
        .add(ids.real())
        .add(ids.effective())
        .add(ids.saved())
        .add(ids.fileSystem());
  }

  private static void module(JsonObjectBuilder json, GuestModule module) {
    json.add("name", module.name()).add("size", module.size());
  }

  private static void socket(JsonObjectBuilder json, GuestSocket socket) {
    json.add("protocol", socket.protocol())
        .add("local", socket.local())
        .add("remote", socket.remote())
        .add("state", socket.state())
        .add("pids", JSON.createArrayBuilder(socket.pids()));
  }

  private static void mount(JsonObjectBuilder json, GuestMount mount) {
    json.add("source", mount.source())
        .add("point", mount.point())
        .add("type", mount.type())
        .add("options", mount.options());
  }

  private static void finding(JsonObjectBuilder json, GuestFinding finding) {
    json.add("kind", finding.kind())
        .add("severity", finding.severity())
        .add("subject", finding.subject())
        .add("expected", finding.expected())
        .add("found", finding.found())
        .add("address", hex(finding.address()));
    finding.page().ifPresent(page -> json.add("page", hex(page)));
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }

  static GuestState read(JsonObject json) throws MalformedGuestDocumentException {
    try {
      return json.containsKey("kernel")
          ? readable(json)
          : new GuestState.Unreadable(json.getString("reason"), json.getString("detail"));
    } catch (NullPointerException | ClassCastException | ArithmeticException e) {
      throw malformed(e);
    } catch (NumberFormatException | IndexOutOfBoundsException e) {
      throw malformed(e);
    }
  }

  private static MalformedGuestDocumentException malformed(RuntimeException cause) {
    return new MalformedGuestDocumentException("a field is absent or of another type", cause);
  }

  private static GuestState readable(JsonObject json) {
    return new GuestState.Seen(
        readKernel(json.getJsonObject("kernel")),
        list(json, "tasks", GuestJson::readTask),
        list(
            json, "modules", item -> new GuestModule(item.getString("name"), number(item, "size"))),
        list(json, "sockets", GuestJson::readSocket),
        list(
            json,
            "mounts",
            item ->
                new GuestMount(
                    item.getString("source"),
                    item.getString("point"),
                    item.getString("type"),
                    item.getString("options"))),
        list(json, "findings", GuestJson::readFinding));
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
        Optional.ofNullable(json.getString("executable", null)),
        json.getJsonArray("commandLine").getValuesAs(JsonString::getString),
        readIds(json, "uids"),
        readIds(json, "gids"),
        unhex(json.getString("permitted")),
        unhex(json.getString("effective")),
        json.getJsonNumber("threads").intValueExact());
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
            : OptionalLong.empty());
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
