// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.log.ExportRefusedException;
import io.vmattest.cli.log.LogExport;
import io.vmattest.cli.log.LogFolder;
import io.vmattest.cli.log.LogServer;
import io.vmattest.cli.log.TrustedLog;
import io.vmattest.cli.output.Output;
import io.vmattest.cli.output.ProgressLine;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.settings.LogKeyOption;
import io.vmattest.cli.settings.Settings;
import io.vmattest.core.tlog.Checkpoint;
import io.vmattest.core.tlog.NoteKey;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Takes the whole ledger along. */
@Command(
    name = "export",
    description = {
      "Writes the ledger to a folder, up to its last checkpoint, as a C2SP tlog-tiles log with the",
      "entries' bodies and all checkpoints. An export that was broken off, or is of yesterday, is gone",
      "on with: what is there and whole is not fetched again. vmattest ledger fsck DIR checks it.",
      "Exit code 0 if the folder is at the signed checkpoint, 1 if what the server gave does not hold",
      "or is not the log that the folder has: its checkpoint stays then."
    })
public final class LedgerExportCommand extends ServerCommand {
  @Parameters(paramLabel = "DIR", description = "The folder; it is made if it is not there.")
  Path folder = Path.of("");

  @Mixin LogKeyOption logKey = new LogKeyOption();

  private final Settings settings;

  public LedgerExportCommand(Output output, Settings settings) {
    super(output, settings);
    this.settings = settings;
  }

  @Override
  int call(RestClient client) throws IOException {
    Optional<List<NoteKey>> known = logKey.keys(settings);
    LogServer server = new LogServer(client);
    TrustedLog log = new TrustedLog(known.isPresent() ? known.get() : server.keys());
    JsonObjectBuilder json =
        JSON.createObjectBuilder()
            .add("folder", folder.toString())
            .add("keysFrom", known.isPresent() ? "file" : "server");
    try (ProgressLine progress = new ProgressLine(output, System.console() != null)) {
      LogExport export = new LogExport(server, new LogFolder(folder), log, progress);
      Checkpoint checkpoint = export.run();
      progress.close();
      return exported(checkpoint, export.counts(), known.isPresent(), json);
    } catch (ExportRefusedException e) {
      output.line("Not exported: " + e.getMessage());
      output.json(
          json.add("exported", false).add("detail", String.valueOf(e.getMessage())).build());
      return ExitCodes.VERIFIED_FALSE;
    }
  }

  private int exported(
      Checkpoint checkpoint, LogExport.Counts counts, boolean known, JsonObjectBuilder json) {
    output.line(
        "%s holds %d entries of %s, as they were signed; %d bundles, %d bodies and %d checkpoints were"
                .formatted(
                    folder,
                    checkpoint.size(),
                    checkpoint.origin(),
                    counts.bundles(),
                    counts.bodies(),
                    counts.checkpoints())
            + " fetched.");
    if (!known) {
      output.line(LedgerOutcome.KEYS_OF_THE_SERVER);
    }
    JsonObject fetched =
        JSON.createObjectBuilder()
            .add("bundles", counts.bundles())
            .add("bodies", counts.bodies())
            .add("checkpoints", counts.checkpoints())
            .build();
    output.json(
        json.add("exported", true)
            .add("origin", checkpoint.origin())
            .add("size", checkpoint.size())
            .add("root", checkpoint.root().hex())
            .add("fetched", fetched)
            .build());
    return ExitCodes.VERIFIED;
  }
}
