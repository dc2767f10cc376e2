// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.log.WitnessQuorum;
import io.vmattest.cli.settings.BoundedFiles;
import io.vmattest.cli.settings.LogKeyOption;
import io.vmattest.cli.settings.UsageException;
import io.vmattest.core.tlog.NoteKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Whose cosignatures of a checkpoint are wanted. */
final class WitnessOption {
  private static final int MAX_FILE = 1 << 20;

  @Option(
      names = "--witness-key",
      paramLabel = "FILE",
      description =
          "Verifier keys of witnesses (C2SP tlog-cosignature), one a line, who must have cosigned"
              + " the checkpoint.")
  Optional<Path> file = Optional.empty();

  @Option(
      names = "--witnesses",
      paramLabel = "N",
      description =
          "How many of these witnesses are enough; all, if it is not given. Keys of one name are"
              + " one witness's.")
  Optional<Integer> wanted = Optional.empty();

  /**
   * The witnesses; none if none were given.
   *
   * @throws UsageException if more are wanted than were given, or none
   * @throws IOException if the file is not readable, or holds something else
   */
  WitnessQuorum quorum() throws IOException {
    if (file.isEmpty()) {
      if (wanted.isPresent()) {
        throw new UsageException("--witness-key is missing: whose cosignatures count?");
      }
      return WitnessQuorum.NONE;
    }
    List<NoteKey> keys =
        LogKeyOption.parse(BoundedFiles.read(file.get(), MAX_FILE), file.get().toString());
    if (keys.isEmpty() || wanted.isPresent() && wanted.get() < 1) {
      throw new UsageException("at least one witness has to be wanted, and its key given");
    }
    try {
      return wanted.isPresent() ? new WitnessQuorum(keys, wanted.get()) : WitnessQuorum.ofAll(keys);
    } catch (IllegalArgumentException e) {
      throw new UsageException(file.get() + " holds " + e.getMessage());
    }
  }
}
