// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.log.ProofCheck;
import io.vmattest.cli.log.TrustedLog;
import io.vmattest.cli.log.WitnessQuorum;
import io.vmattest.cli.output.Output;
import io.vmattest.cli.settings.BoundedFiles;
import io.vmattest.cli.settings.LogKeyOption;
import io.vmattest.cli.settings.Settings;
import io.vmattest.core.tlog.EntryBundle;
import io.vmattest.core.tlog.TlogProof;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Checks offline that an entry is in the ledger. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "Checks, without a server, a C2SP tlog-proof that an entry is in the ledger: its leaf hash, the",
      "path to the root, the signature of the checkpoint that names the root, and cosignatures of",
      "witnesses if their keys are given.",
      "Exit code 0 if all of it holds, 1 if something does not."
    })
public final class ProofVerifyCommand implements Callable<Integer> {
  private static final int MAX_BODY = 8 << 20;

  @Parameters(paramLabel = "FILE", description = "The proof, as vmattest ledger proof writes it.")
  Path file = Path.of("");

  @Option(
      names = "--entry",
      paramLabel = "FILE",
      required = true,
      description = "The entry's CBOR (docs/ledger-format.md).")
  Path entry = Path.of("");

  @Option(
      names = "--body",
      paramLabel = "FILE",
      description = "The entry's body, such as a signed report: the entry must name its digest.")
  Optional<Path> body = Optional.empty();

  @Mixin LogKeyOption logKey = new LogKeyOption();
  @Mixin WitnessOption witness = new WitnessOption();
  @Mixin JsonOption json = new JsonOption();

  private final Output output;
  private final Settings settings;

  public ProofVerifyCommand(Output output, Settings settings) {
    this.output = output;
    this.settings = settings;
  }

  @Override
  public Integer call() throws IOException {
    json.apply(output);
    TrustedLog log = new TrustedLog(logKey.required(settings));
    WitnessQuorum witnesses = witness.quorum();
    byte[] proof = BoundedFiles.read(file, TlogProof.MAX_SIZE);
    byte[] encoded = BoundedFiles.read(entry, EntryBundle.MAX_ENTRY_SIZE);
    Optional<byte[]> bytes =
        body.isPresent() ? Optional.of(BoundedFiles.read(body.get(), MAX_BODY)) : Optional.empty();
    try {
      return ProofAnswer.holds(
          output, ProofCheck.of(proof, encoded, bytes, log, witnesses), JSON.createObjectBuilder());
    } catch (ProofCheck.FailedException e) {
      return ProofAnswer.fails(output, e, JSON.createObjectBuilder());
    }
  }
}
