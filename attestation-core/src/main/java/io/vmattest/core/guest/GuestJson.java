// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.guest;

import static io.vmattest.core.json.JsonImplementation.JSON;

import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * A guest's state to JSON. Numbers of 64 bits without a sign are text in hexadecimal: JSON numbers
 * are doubles to many.
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
    task.executable().ifPresent(file -> json.add("executable", executable(file)));
    json.add("commandLine", JSON.createArrayBuilder(task.commandLine()))
        .add("uids", ids(task.uids()))
        .add("gids", ids(task.gids()))
        .add("permitted", hex(task.permitted()))
        .add("effective", hex(task.effective()))
        .add("userNamespace", task.userNamespace())
        .add("threads", task.threads());
  }

  private static JsonObjectBuilder executable(GuestExecutable file) {
    JsonObjectBuilder json =
        JSON.createObjectBuilder()
            .add("path", file.path())
            .add("size", file.size())
            .add("residentPages", file.residentPages());
    file.digest().ifPresent(digest -> json.add("sha256", digest.hex()));
    return json;
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
    finding.proof().ifPresent(proof -> json.add("proof", PageProofJson.write(proof)));
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }
}
