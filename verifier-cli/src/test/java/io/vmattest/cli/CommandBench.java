// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** For one test: a server that answers as it is told, and the command of somebody it knows. */
final class CommandBench implements AfterEachCallback {
  private final Path folder;
  private final FakeServer server;
  private final Map<String, String> settings;

  CommandBench() {
    try {
      folder = Files.createTempDirectory("vmattest-bench");
      server = new FakeServer();
      settings = server.settings(folder);
    } catch (Exception e) {
      throw new AssertionError("no server to test with", e);
    }
  }

  FakeServer server() {
    return server;
  }

  CommandRun run(String... args) {
    return CommandRun.of(settings, args);
  }

  @Override
  public void afterEach(ExtensionContext context) throws IOException {
    server.close();
    List<Path> left;
    try (Stream<Path> all = Files.walk(folder)) {
      left = all.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : left) {
      Files.delete(path);
    }
  }
}
