// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** Programs of src/test/go: what the Go checksum database's implementation makes of a log. */
final class GoTlogCheck {
  private static final Path PACKAGES = Path.of("/usr/share/gocode");
  private static final Path SUMDB = PACKAGES.resolve("src/golang.org/x/mod/sumdb/tlog");
  private static final long LIMIT_SECONDS = 300;
  private final Path folder;
  private final Path program;

  private GoTlogCheck(Path folder, Path program) {
    this.folder = folder;
    this.program = program;
  }

  /** What the program printed, and whether it found all of the log to hold together. */
  record Result(int status, String output) {}

  /** Builds it; where that cannot be, the tests are skipped and say why. */
  static GoTlogCheck build(Path folder) throws Exception {
    return build(folder, "tlogcheck");
  }

  /** The same of a program by its name. */
  static GoTlogCheck build(Path folder, String name) throws Exception {
    if (!Files.isDirectory(SUMDB)) {
      skip("there is no " + SUMDB + " (package golang-golang-x-mod-dev)");
    }
    Path program = folder.resolve(name);
    try {
      Result built =
          run(folder, "go", "build", "-o", program.toString(), "src/test/go/" + name + ".go");
      if (built.status() != 0) {
        throw new AssertionError("go build: " + built.output());
      }
    } catch (IOException e) {
      skip("there is no go (package golang-go): " + e.getMessage());
    }
    return new GoTlogCheck(folder, program);
  }

  private static void skip(String reason) {
    System.out.println("SKIPPED: " + reason);
    Assumptions.abort(reason);
  }

  Result check(Path log) throws Exception {
    return run(folder, program.toString(), log.toString());
  }

  Result run(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(arguments));
    return run(folder, command.toArray(String[]::new));
  }

  private static Result run(Path folder, String... command) throws Exception {
    File output = Files.createTempFile(folder, "output", ".txt").toFile();
    ProcessBuilder builder =
        new ProcessBuilder(List.of(command)).redirectErrorStream(true).redirectOutput(output);
    builder.environment().put("GOPATH", PACKAGES.toString());
    builder.environment().put("GO111MODULE", "off");
    builder.environment().put("GOFLAGS", "");
    builder.environment().put("GOCACHE", folder.resolve("cache").toString());
    Process process = builder.start();
    if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      throw new AssertionError(command[0] + " did not end: " + Files.readString(output.toPath()));
    }
    return new Result(process.exitValue(), Files.readString(output.toPath()));
  }
}
