// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.jboss.byteman.agent.Main;

/**
 * Faults at {@linkplain Waypoint waypoints} in a server that runs under Byteman's agent. A file
 * arms one, and is gone when the fault happens, so that none happens twice.
 */
final class CrashFaults {
  private static final Duration HAPPENS = Duration.ofSeconds(60);
  private static final String HALTED = "137";
  private static final String REFUSAL = "refusal";
  private static final String RUNNING = "running";

  private final Path folder;

  /** Writes the rules into a new folder. */
  CrashFaults(Path folder) throws IOException {
    this.folder = folder;
    Files.createDirectories(folder);
    Files.writeString(rules(), text());
  }

  private Path rules() {
    return folder.resolve("rules.btm");
  }

  /** Options of the server's JVM. */
  List<String> javaOptions() {
    String agent =
        Path.of(Main.class.getProtectionDomain().getCodeSource().getLocation().getPath())
            .toString();
    return List.of(
        "-javaagent:" + agent + "=script:" + rules(),
        "-Djboss.modules.system.pkgs=org.jboss.byteman");
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    text.append(
        Waypoint.AFTER_PREPARE.rule(
            "remember", "thread = Thread.currentThread()", "TRUE", "flag(thread)"));
    text.append(
        """
        RULE the ledger refuses
        CLASS io.vmattest.server.rollback.RollbackRecorder
        METHOD succeeded
        AT ENTRY
        BIND %s
        IF armed.delete()
        DO THROW new java.lang.IllegalStateException("a fault that the test asked for")
        ENDRULE
        """
            .formatted(file("armed", REFUSAL)));
    for (Waypoint point : Waypoint.values()) {
      text.append(
          point.rule(
              "halt",
              file("armed", halt(point)),
              "armed.delete()",
              "Runtime.getRuntime().halt(" + HALTED + ")"));
      text.append(
          point.rule(
              "run",
              file("armed", script(point)) + "; " + file("running", RUNNING),
              "armed.renameTo(running)",
              "Runtime.getRuntime().exec(\"" + folder.resolve(RUNNING) + "\").waitFor()"));
    }
    return text.toString();
  }

  private String file(String variable, String name) {
    return "%s:java.io.File = new java.io.File(\"%s\")".formatted(variable, folder.resolve(name));
  }

  private static String halt(Waypoint point) {
    return point.label() + ".halt";
  }

  private static String script(Waypoint point) {
    return point.label() + ".script";
  }

  /** The ledger's entry of the next rollback that succeeded is refused, so it is undone. */
  void refuseEntry() throws IOException {
    Files.createFile(folder.resolve(REFUSAL));
  }

  void haltServerAt(Waypoint point) throws IOException {
    Files.createFile(folder.resolve(halt(point)));
  }

  /** Kills the process that is in a pid file by then, and goes on when it is gone. */
  void killAt(Waypoint point, Path pidFile) throws IOException {
    Path script = folder.resolve(script(point));
    Files.writeString(
        script,
        """
        #!/bin/sh
        pid=$(cat %s)
        kill -9 "$pid"
        while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
        touch %s
        """
            .formatted(pidFile, done()));
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
  }

  private Path done() {
    return folder.resolve("done");
  }

  /** Waits until the process was killed. */
  void awaitKilled() throws IOException {
    Await.until("the fault", HAPPENS, () -> Files.exists(done()));
    Files.delete(done());
  }

  /** What was armed and did not happen. */
  List<String> left() {
    String[] names = folder.toFile().list((File in, String name) -> isArmed(name));
    return names == null ? List.of() : List.of(names);
  }

  private static boolean isArmed(String name) {
    return name.endsWith(".halt") || name.endsWith(".script") || name.equals(REFUSAL);
  }
}
