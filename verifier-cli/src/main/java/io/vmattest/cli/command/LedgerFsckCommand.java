// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.log.TrustedLog;
import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.settings.LogKeyOption;
import io.vmattest.cli.settings.Settings;
import io.vmattest.cli.settings.TrustOptions;
import io.vmattest.core.evidence.KeyEvidenceException;
import io.vmattest.core.evidence.TrustAnchors;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Checks a whole ledger: the server's, in its database, or one that was exported, by its bytes. */
@Command(
    name = "fsck",
    description = {
      "Without DIR: has every entry and body in the server's database hashed again, every seal made",
      "again in the HSM, and every stored tile and checkpoint compared with the tree over the entries.",
      "With DIR, an exported ledger: asks no server. Hashes every file, checks entries, bodies, tiles,",
      "tree, all checkpoints (signatures, consistency, counters), each VM's chain of reports, and the",
      "reports' signatures; names what is wrong, in which file, and until when all was well.",
      "Exit code 0 if all of it holds, 1 if something does not, 3 if it could not be checked."
    })
public final class LedgerFsckCommand extends ServerCommand {
  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "86400",
      description = "How long to follow the server's check; ${DEFAULT-VALUE} if not given.")
  long timeoutSeconds;

  @Parameters(
      paramLabel = "DIR",
      arity = "0..1",
      description = "A ledger that vmattest ledger export wrote; --log-key is needed then.")
  Optional<Path> folder = Optional.empty();

  @Mixin LogKeyOption logKey = new LogKeyOption();

  @Option(
      names = "--checkpoint",
      paramLabel = "FILE",
      description =
          "With DIR: a checkpoint that you have from elsewhere, such as an event: the ledger must"
              + " contain its tree.")
  Optional<Path> known = Optional.empty();

  @Option(
      names = "--state",
      paramLabel = "FILE",
      description =
          "With DIR: go on behind what a run before found whole, and keep that here. Files that it"
              + " has read are not read again, if inode, size, mtime and ctime are as they were."
              + " Keep it where those cannot write who can write to DIR.")
  Optional<Path> state = Optional.empty();

  @Option(names = "--full", description = "With --state: read everything again all the same.")
  boolean full;

  @Mixin TrustOptions trust = new TrustOptions();

  private final Settings settings;

  public LedgerFsckCommand(Output output, Settings settings) {
    super(output, settings);
    this.settings = settings;
  }

  /** Asks a server only if no folder is named. */
  @Override
  public Integer call() throws IOException {
    if (folder.isEmpty()) {
      return super.call();
    }
    json.apply(output);
    return new FolderFsck(output, new TrustedLog(logKey.required(settings)), anchors())
        .run(folder.get(), known, state, full);
  }

  private TrustAnchors anchors() throws IOException {
    try {
      return trust.anchors(settings);
    } catch (KeyEvidenceException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  @Override
  int call(RestClient client) throws IOException {
    Optional<JsonObject> checked =
        new ServerCheck(output, client, Duration.ofSeconds(timeoutSeconds))
            .run("/ledger/checks", JsonObject.EMPTY_JSON_OBJECT);
    return checked.isEmpty() ? ExitCodes.COULD_NOT_VERIFY : print(checked.get());
  }

  private int print(JsonObject result) throws IOException {
    List<JsonObject> findings = Answers.objects(result, "findings");
    for (JsonObject finding : findings) {
      output.line(
          "%8d  %-26s  %s"
              .formatted(
                  Answers.integer(finding, "index"),
                  Answers.text(finding, "kind"),
                  Answers.text(finding, "detail")));
    }
    output.line(
        findings.isEmpty()
            ? "All %d entries hold, with their bodies, seals, tiles and checkpoints."
                .formatted(Answers.integer(result, "size"))
            : "%d findings in %d entries."
                .formatted(findings.size(), Answers.integer(result, "size")));
    output.json(result);
    return findings.isEmpty() ? ExitCodes.VERIFIED : ExitCodes.VERIFIED_FALSE;
  }
}
