// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.log.ProofCheck;
import io.vmattest.cli.log.TrustedLog;
import io.vmattest.cli.log.WitnessQuorum;
import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.EntryAnswer;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.settings.LogKeyOption;
import io.vmattest.cli.settings.Settings;
import io.vmattest.core.tlog.NoteKey;
import jakarta.json.JsonObjectBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Fetches a proof to take along. */
@Command(
    name = "proof",
    description = {
      "Fetches the C2SP tlog-proof that an entry is in the ledger, checks it, and writes it to a file",
      "that vmattest proof verify checks without the server. Nothing is written that does not hold.",
      "Exit code 0 if it holds, 1 if it does not."
    })
public final class LedgerProofCommand extends ServerCommand {
  @Parameters(paramLabel = "N", description = "Index of the entry.")
  long index;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Where the proof goes; N.tlog-proof if not given.")
  Optional<Path> proofFile = Optional.empty();

  @Option(
      names = "--entry",
      paramLabel = "FILE",
      description = "Where the entry's CBOR goes; N.entry beside the proof if not given.")
  Optional<Path> entryFile = Optional.empty();

  @Option(
      names = "--body",
      paramLabel = "FILE",
      description = "Where the entry's body goes; it is not written if not given.")
  Optional<Path> bodyFile = Optional.empty();

  @Mixin LogKeyOption logKey = new LogKeyOption();

  private final Settings settings;

  public LedgerProofCommand(Output output, Settings settings) {
    super(output, settings);
    this.settings = settings;
  }

  @Override
  int call(RestClient client) throws IOException {
    Optional<List<NoteKey>> known = logKey.keys(settings);
    byte[] proof = client.getBytes("/ledger/entries/" + index + "/proof", "text/plain");
    EntryAnswer entry = EntryAnswer.of(client.get("/ledger/entries/" + index));
    // After the proof: the key that signed its checkpoint is among them, even if it is quite new.
    List<NoteKey> keys = known.isPresent() ? known.get() : CheckpointSource.keysOf(client);
    JsonObjectBuilder json =
        JSON.createObjectBuilder().add("keysFrom", known.isPresent() ? "file" : "server");
    try {
      ProofCheck check =
          ProofCheck.of(
              proof,
              entry.data().encoded(),
              Optional.of(entry.body()),
              new TrustedLog(keys),
              WitnessQuorum.NONE);
      requireWanted(check);
      return write(proof, entry, check, json);
    } catch (ProofCheck.FailedException e) {
      return ProofAnswer.fails(output, e, json);
    }
  }

  private void requireWanted(ProofCheck check) throws IOException {
    if (check.entry().index() != index) {
      throw new IOException("The server's answer is about entry " + check.entry().index() + ".");
    }
  }

  private int write(byte[] proof, EntryAnswer entry, ProofCheck check, JsonObjectBuilder json)
      throws IOException {
    Path proofPath = proofFile.orElse(Path.of(index + ".tlog-proof"));
    Path entryPath = entryFile.orElse(proofPath.resolveSibling(index + ".entry"));
    Files.write(proofPath, proof);
    Files.write(entryPath, entry.data().encoded());
    output.line("Written: %s, %s".formatted(proofPath, entryPath));
    json.add("proof", proofPath.toString()).add("entry", entryPath.toString());
    if (bodyFile.isPresent()) {
      Files.write(bodyFile.get(), entry.body());
      output.line("Written: " + bodyFile.get());
      json.add("body", bodyFile.get().toString());
    }
    if (logKey.keys(settings).isEmpty()) {
      output.line(LedgerOutcome.KEYS_OF_THE_SERVER);
    }
    return ProofAnswer.holds(output, check, json);
  }
}
