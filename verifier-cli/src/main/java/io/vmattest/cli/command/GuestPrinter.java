// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.Answers;
import jakarta.json.JsonArray;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;

/** Shows to people what was seen inside a guest. */
final class GuestPrinter {
  private static final String TASK = "%7s %7s  %-15s  %-18s  %s";
  private static final String MODULE = "%-28s  %10s";
  private static final String SOCKET = "%-7s  %-28s  %-28s  %-12s  %s";
  private static final String MOUNT = "%-24s  %-10s  %s";
  private static final String LISTEN = "LISTEN";

  private final Output output;
  private final boolean all;

  GuestPrinter(Output output, boolean all) {
    this.output = output;
    this.all = all;
  }

  /**
   * @return the exit code
   */
  int print(JsonObject guest) throws IOException {
    if (!guest.containsKey("kernel")) {
      output.line(
          "The guest could not be read: %s, %s"
              .formatted(Answers.text(guest, "reason"), Answers.text(guest, "detail")));
      return ExitCodes.COULD_NOT_VERIFY;
    }
    kernel(Answers.object(guest, "kernel"));
    tasks(Answers.objects(guest, "tasks"));
    modules(Answers.objects(guest, "modules"));
    sockets(Answers.objects(guest, "sockets"));
    mounts(Answers.objects(guest, "mounts"));
    return findings(Answers.objects(guest, "findings"));
  }

  private void kernel(JsonObject kernel) throws IOException {
    String reference = Answers.text(kernel, "reference");
    output.line(
        "kernel %s, build %s, compared with %s"
            .formatted(
                Answers.text(kernel, "release"),
                Answers.text(kernel, "buildId"),
                reference.isEmpty() ? "no Reference Values" : reference));
  }

  private void tasks(List<JsonObject> tasks) throws IOException {
    heading("processes", TASK.formatted("PID", "PARENT", "UID", "NAME", "EXECUTABLE"));
    int kernel = 0;
    for (JsonObject task : tasks) {
      boolean ofKernel = task.getBoolean("kernelThread", false);
      kernel += ofKernel ? 1 : 0;
      if (all || !ofKernel) {
        output.line(
            TASK.formatted(
                Answers.integer(task, "pid"),
                Answers.integer(task, "parent"),
                ids(task),
                Answers.text(task, "name"),
                ofKernel ? "[kernel]" : executable(task)));
      }
    }
    output.line("%d in all, %d of them threads of the kernel".formatted(tasks.size(), kernel));
  }

  private static String executable(JsonObject task) throws IOException {
    JsonObject file = task.getJsonObject("executable");
    return file == null ? "-" : Answers.text(file, "path");
  }

  private static String ids(JsonObject task) {
    JsonArray ids = task.getJsonArray("uids");
    return ids == null
        ? "-"
        : ids.getValuesAs(JsonNumber.class).stream()
            .map(JsonNumber::toString)
            .distinct()
            .collect(Collectors.joining("/"));
  }

  private void modules(List<JsonObject> modules) throws IOException {
    heading("modules", MODULE.formatted("NAME", "BYTES"));
    for (JsonObject module : modules) {
      output.line(MODULE.formatted(Answers.text(module, "name"), Answers.integer(module, "size")));
    }
  }

  private void sockets(List<JsonObject> sockets) throws IOException {
    heading("sockets", SOCKET.formatted("KIND", "LOCAL", "REMOTE", "STATE", "PIDS"));
    for (JsonObject socket : sockets) {
      String state = Answers.text(socket, "state");
      String remote = Answers.text(socket, "remote");
      if (all || state.equals(LISTEN) || !remote.isEmpty()) {
        output.line(
            SOCKET.formatted(
                Answers.text(socket, "protocol"),
                Answers.text(socket, "local"),
                remote,
                state,
                join(socket, "pids")));
      }
    }
  }

  private static String join(JsonObject json, String name) {
    JsonArray items = json.getJsonArray(name);
    return items == null
        ? ""
        : items.stream()
            .map(item -> item instanceof JsonString text ? text.getString() : item.toString())
            .collect(Collectors.joining(" "));
  }

  private void mounts(List<JsonObject> mounts) throws IOException {
    heading("mounts", MOUNT.formatted("POINT", "TYPE", "SOURCE"));
    for (JsonObject mount : mounts) {
      output.line(
          MOUNT.formatted(
              Answers.text(mount, "point"),
              Answers.text(mount, "type"),
              Answers.text(mount, "source")));
    }
  }

  private int findings(List<JsonObject> findings) throws IOException {
    output.line("");
    output.line(findings.isEmpty() ? "Nothing is wrong." : "findings:");
    int exitCode = ExitCodes.VERIFIED;
    for (JsonObject finding : findings) {
      String severity = Answers.text(finding, "severity");
      output.line(
          "  %-8s  %s: %s at %s"
              .formatted(
                  severity,
                  Answers.text(finding, "kind"),
                  Answers.text(finding, "subject"),
                  Answers.text(finding, "address")));
      output.line("            expected  " + Answers.text(finding, "expected"));
      output.line("            found     " + Answers.text(finding, "found"));
      exitCode = severity.equals("CRITICAL") ? ExitCodes.VERIFIED_FALSE : exitCode;
    }
    return exitCode;
  }

  private void heading(String title, String columns) {
    output.line("");
    output.line(title + ":");
    output.line(columns);
  }
}
