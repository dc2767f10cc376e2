// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.settings;

import io.vmattest.core.tlog.MalformedTlogException;
import io.vmattest.core.tlog.NoteKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Whose signature on a checkpoint of the ledger is believed. */
public final class LogKeyOption {
  private static final int MAX_FILE = 1 << 20;

  @Option(
      names = "--log-key",
      paramLabel = "FILE",
      description =
          "The log's verifier keys, one a line, as GET /ledger/keys gives them; blank lines and"
              + " lines that begin with # are skipped.")
  Optional<Path> file = Optional.empty();

  /**
   * The keys that were given, if any were.
   *
   * @throws IOException if the file is not readable, or holds something else, or nothing
   */
  public Optional<List<NoteKey>> keys(Settings settings) throws IOException {
    Optional<Path> path = file.isPresent() ? file : settings.get("log-key").map(Path::of);
    return path.isPresent() ? Optional.of(read(path.get())) : Optional.empty();
  }

  /**
   * The keys, without which nothing can be checked.
   *
   * @throws UsageException if none were given
   */
  public List<NoteKey> required(Settings settings) throws IOException {
    return keys(settings)
        .orElseThrow(() -> new UsageException("--log-key is missing: whose signature counts?"));
  }

  private static List<NoteKey> read(Path path) throws IOException {
    List<NoteKey> keys = parse(BoundedFiles.read(path, MAX_FILE), path.toString());
    if (keys.isEmpty()) {
      throw new IOException(path + " holds no verifier key of a log.");
    }
    return keys;
  }

  /**
   * Parses lines of verifier keys; a key that stands there twice is one.
   *
   * @param where they are from, to be named in a failure
   */
  public static List<NoteKey> parse(byte[] text, String where) throws IOException {
    List<NoteKey> keys = new ArrayList<>();
    int number = 0;
    for (String line : new String(text, StandardCharsets.UTF_8).lines().toList()) {
      number++;
      String vkey = line.strip();
      if (!vkey.isEmpty() && !vkey.startsWith("#")) {
        keys.add(parse(vkey, where, number));
      }
    }
    return keys.stream().distinct().toList();
  }

  private static NoteKey parse(String vkey, String where, int line) throws IOException {
    try {
      return NoteKey.parse(vkey);
    } catch (MalformedTlogException e) {
      throw new IOException("%s, line %d: %s.".formatted(where, line, e.getMessage()), e);
    }
  }
}
