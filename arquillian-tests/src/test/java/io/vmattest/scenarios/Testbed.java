// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What the scenarios run on, as {@code bin/lib/testbed.sh} started it and told it in system
 * properties.
 */
record Testbed(
    Path state,
    Path server,
    Path scripts,
    Path libvirt,
    String libvirtUri,
    Path guests,
    Path guestCache,
    String database,
    int httpsPort,
    int artemisPort) {
  private static final long SCRIPT_SECONDS = 180;

  static Testbed get() {
    return new Testbed(
        path("testbed.state"),
        path("testbed.server"),
        path("testbed.scripts"),
        path("testbed.libvirt"),
        property("testbed.libvirt.uri"),
        path("testbed.guests"),
        path("testbed.guest.cache"),
        property("testbed.database"),
        Integer.parseInt(property("testbed.port.https")),
        Integer.parseInt(property("testbed.port.artemis")));
  }

  /** The same but for the server's own state folder and ports. */
  Testbed withServer(Path otherState, int otherHttpsPort, int otherArtemisPort) {
    return new Testbed(
        otherState,
        server,
        scripts,
        libvirt,
        libvirtUri,
        guests,
        guestCache,
        database,
        otherHttpsPort,
        otherArtemisPort);
  }

  /** Properties of a second server, whose database is of the same kind and not the same. */
  List<String> otherDatabase(String name) throws IOException {
    List<String> properties = new ArrayList<>();
    for (String line : Files.readAllLines(state.resolve("server.properties"))) {
      if (line.startsWith("vmattest.postgresql.")) {
        properties.add(line);
      }
    }
    properties.add("vmattest.postgresql.database=" + name);
    return properties;
  }

  Path pki() {
    return state.resolve("pki");
  }

  void stopTpm() {
    script("tpm.sh", "stop", state.resolve("tpm").toString());
  }

  void startTpm() {
    script("tpm.sh", "start", state.resolve("tpm").toString());
  }

  void stopLibvirtd() {
    script("libvirt-private.sh", "down", libvirt.toString());
  }

  /** It keeps its socket, and answers nothing. */
  void freezeLibvirtd() {
    signalLibvirtd("STOP");
  }

  void thawLibvirtd() {
    signalLibvirtd("CONT");
  }

  private void signalLibvirtd(String signal) {
    try {
      command("kill", "-" + signal, Files.readString(libvirtdPidFile()).strip());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path libvirtdPidFile() {
    return libvirt.resolve("libvirtd.pid");
  }

  void startLibvirtd() {
    script("libvirt-private.sh", "restart", libvirt.toString());
  }

  String virsh(String... words) {
    List<String> command = new ArrayList<>(List.of("virsh", "--quiet", "--connect", libvirtUri));
    command.addAll(List.of(words));
    return run(command).strip();
  }

  /** A process that prints a line for each of a guest's events of one kind, as QEMU tells it. */
  Process monitorEvents(String guest, String event) {
    // virsh keeps its lines back where it writes to no terminal.
    List<String> command =
        List.of(
            "stdbuf",
            "-oL",
            "virsh",
            "--quiet",
            "--connect",
            libvirtUri,
            "qemu-monitor-event",
            "--domain",
            guest,
            "--event",
            event,
            "--loop");
    try {
      return new ProcessBuilder(command).redirectError(Redirect.DISCARD).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String command(String... words) {
    return run(List.of(words)).strip();
  }

  /** Runs one of the scripts of bin/lib and gives what it printed. */
  String script(String name, String... words) {
    List<String> command = new ArrayList<>(List.of(scripts.resolve(name).toString()));
    command.addAll(List.of(words));
    return run(command).strip();
  }

  /** The same with more options for a server's JVM than the tests' usual ones. */
  String scriptWithJavaOptions(List<String> options, String name, String... words) {
    List<String> command = new ArrayList<>(List.of(scripts.resolve(name).toString()));
    command.addAll(List.of(words));
    String usual = System.getenv().getOrDefault("VMATTEST_JAVA_OPTS", "");
    return run(command, Map.of("VMATTEST_JAVA_OPTS", usual + " " + String.join(" ", options)))
        .strip();
  }

  /** The same with variables in its environment. */
  String scriptWith(Map<String, String> variables, String name, String... words) {
    List<String> command = new ArrayList<>(List.of(scripts.resolve(name).toString()));
    command.addAll(List.of(words));
    return run(command, variables).strip();
  }

  private String run(List<String> command) {
    return run(command, Map.of());
  }

  private String run(List<String> command, Map<String, String> environment) {
    try {
      Path errors = Files.createTempFile("command", ".err");
      ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
      builder.environment().put("LIBVIRT_URI", libvirtUri);
      builder.environment().put("VMATTEST_DATABASE", database);
      builder.environment().putAll(environment);
      Process process = builder.start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(SCRIPT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("no end: " + String.join(" ", command));
      }
      String complaint = Files.readString(errors);
      Files.delete(errors);
      if (process.exitValue() != 0) {
        throw new AssertionError(String.join(" ", command) + ": " + complaint);
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static Path path(String name) {
    return Path.of(property(name));
  }

  private static String property(String name) {
    String value = System.getProperty(name);
    if (value == null) {
      throw new IllegalStateException(
          name + " is not set: the scenarios run by mvn verify, which starts a testbed for them");
    }
    return value;
  }
}
