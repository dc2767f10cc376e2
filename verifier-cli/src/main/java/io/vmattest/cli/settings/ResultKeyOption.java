// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.settings;

import io.vmattest.core.result.ResultKeys;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Whose signature on a result is believed. */
public final class ResultKeyOption {
  private static final int MAX_FILE = 1 << 20;

  @Option(
      names = "--result-key",
      paramLabel = "FILE",
      description = "The verifier's public keys in PEM, as GET /results/keys gives them.")
  Optional<Path> file = Optional.empty();

  /**
   * The keys that were given, if any were.
   *
   * @throws IOException if the file is not readable, or holds something else, or nothing
   */
  public Optional<ResultKeys> keys(Settings settings) throws IOException {
    Optional<Path> path = file.isPresent() ? file : settings.get("result-key").map(Path::of);
    return path.isPresent() ? Optional.of(read(path.get())) : Optional.empty();
  }

  private static ResultKeys read(Path path) throws IOException {
    try {
      return ResultKeys.ofPem(BoundedFiles.read(path, MAX_FILE));
    } catch (IllegalArgumentException e) {
      throw new IOException(path + ": " + e.getMessage() + ".", e);
    }
  }
}
