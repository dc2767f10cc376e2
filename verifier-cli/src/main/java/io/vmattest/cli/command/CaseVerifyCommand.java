// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.cases.CaseFolder;
import io.vmattest.cli.output.Output;
import io.vmattest.cli.settings.LogKeyOption;
import io.vmattest.cli.settings.ResultKeyOption;
import io.vmattest.cli.settings.Settings;
import io.vmattest.cli.settings.TrustOptions;
import io.vmattest.cli.settings.UsageException;
import io.vmattest.core.bundle.CaseClaim;
import io.vmattest.core.bundle.CaseCore;
import io.vmattest.core.bundle.CaseRejectedException;
import io.vmattest.core.bundle.CaseTrust;
import io.vmattest.core.bundle.CaseVerification;
import io.vmattest.core.bundle.CaseVerifier;
import io.vmattest.core.evidence.KeyEvidenceException;
import io.vmattest.core.result.ResultKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Verifies a case's evidence offline, and tells the case. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "Verifies the evidence of a case without a server, in this order: the manifest's signature,",
      "each file's digest, the reports with their key evidence, the signed results, the ledger's",
      "proofs, that all of it belongs to the case's entry, and each page of the memory, if it is",
      "listed, against the report. It stops at what fails first.",
      "Exit code 0 if all of it holds, 1 if something does not, 3 if something could not be checked."
    })
public final class CaseVerifyCommand implements Callable<Integer> {
  @Parameters(paramLabel = "PATH", description = "Zip file or folder.")
  Path path = Path.of("");

  @Mixin ResultKeyOption resultKey = new ResultKeyOption();
  @Mixin LogKeyOption logKey = new LogKeyOption();
  @Mixin TrustOptions trust = new TrustOptions();

  @Option(
      names = "--at",
      paramLabel = "TIME",
      description = "When certificates must be valid; else when each report was appended.")
  Optional<Instant> at = Optional.empty();

  @Option(
      names = "--core",
      paramLabel = "FILE",
      description = "The memory, if the manifest lists it; where export writes it, it is found.")
  Optional<Path> core = Optional.empty();

  @Mixin JsonOption json = new JsonOption();

  private final Output output;
  private final Settings settings;

  public CaseVerifyCommand(Output output, Settings settings) {
    this.output = output;
    this.settings = settings;
  }

  @Override
  public Integer call() throws IOException, KeyEvidenceException {
    json.apply(output);
    ResultKeys keys =
        resultKey
            .keys(settings)
            .orElseThrow(() -> new UsageException("Give the verifier's key with --result-key."));
    CaseTrust believed =
        new CaseTrust(keys, logKey.required(settings), trust.anchors(settings), at, core());
    CaseVerification verification = verify(believed);
    CaseStory.print(output, verification);
    output.json(CaseStory.json(verification));
    return ExitCodes.of(verification.outcome());
  }

  private CaseVerification verify(CaseTrust believed) throws IOException {
    try {
      return CaseVerifier.verify(CaseFolder.read(path), believed);
    } catch (CaseRejectedException e) {
      return new CaseVerification(
          List.of(new CaseClaim.Fails(CaseClaim.Step.MANIFEST, e.reason(), e.file(), e.detail())),
          Optional.empty());
    }
  }

  private Optional<CaseCore> core() throws IOException {
    Path beside = CaseFolder.core(path);
    if (core.isPresent()) {
      return Optional.of(CaseFolder.readCore(core.get()));
    }
    return Files.isRegularFile(beside)
        ? Optional.of(CaseFolder.readCore(beside))
        : Optional.empty();
  }
}
