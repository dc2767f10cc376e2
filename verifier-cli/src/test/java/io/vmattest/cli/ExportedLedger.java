// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.tlog.EntryBundle;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A ledger of 600 entries and four checkpoints, exported, and checked by its own bytes. */
abstract class ExportedLedger {
  static final int SIZE = 600;

  @TempDir Path work;
  final FakeServer server = new FakeServer();
  final MadeLog log = new MadeLog();
  Map<String, String> settings = Map.of();
  Path folder = Path.of("");
  Path key = Path.of("");

  ExportedLedger() throws Exception {}

  @BeforeEach
  void exported() throws Exception {
    log.grownTo(1).grownTo(256).grownTo(300).grownTo(SIZE).serve(server);
    settings = server.settings(work);
    folder = work.resolve("log");
    key = log.keyFile(work);
    assertEquals(0, export().exitCode());
    server.requests.clear();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  CommandRun export() {
    return CommandRun.of(
        settings, "ledger", "export", folder.toString(), "--log-key", key.toString(), "--json");
  }

  CommandRun fsck(String... more) {
    List<String> args =
        new ArrayList<>(
            List.of("ledger", "fsck", folder.toString(), "--log-key", key.toString(), "--json"));
    args.addAll(List.of(more));
    // Without a server: nothing of it is set.
    return CommandRun.of(Map.of("HOME", work.toString()), args.toArray(String[]::new));
  }

  static List<JsonObject> findings(CommandRun run) {
    return run.json().getJsonArray("findings").getValuesAs(JsonObject.class);
  }

  /** The only ones that are found, kind, index and file of each. */
  void assertFound(String... expected) {
    CommandRun run = fsck();
    assertEquals(1, run.exitCode(), run.toString());
    assertEquals(
        List.of(expected),
        findings(run).stream()
            .map(f -> f.getString("kind") + " " + f.get("index") + " " + f.getString("file"))
            .toList(),
        run.toString());
  }

  void assertWhole(CommandRun run) {
    assertEquals(0, run.exitCode(), run.toString());
    assertTrue(run.json().getBoolean("holds"));
    assertEquals(List.of(), findings(run));
  }

  Path file(String name) {
    return folder.resolve(name);
  }

  void flip(String name, int at) throws IOException {
    byte[] bytes = Files.readAllBytes(file(name));
    bytes[at] ^= 1;
    Files.write(file(name), bytes);
  }

  void cut(String name, int left) throws IOException {
    byte[] bytes = Files.readAllBytes(file(name));
    Files.write(file(name), java.util.Arrays.copyOf(bytes, left));
  }

  static byte[] bundle(List<byte[]> entries) {
    return EntryBundle.of(entries).bytes();
  }

  List<byte[]> entries(String name, int width) throws Exception {
    return new ArrayList<>(EntryBundle.parse(Files.readAllBytes(file(name)), width).entries());
  }

  long fetched(String what) {
    return server.requests.stream().filter(request -> request.contains(what)).count();
  }
}
