// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.settings.BoundedFiles;
import io.vmattest.cli.settings.Nonces;
import io.vmattest.cli.settings.Settings;
import io.vmattest.cli.settings.TrustOptions;
import io.vmattest.core.evidence.KeyEvidence;
import io.vmattest.core.evidence.KeyEvidenceException;
import io.vmattest.core.report.MalformedReportException;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.verification.Claim;
import io.vmattest.core.verification.Expectations;
import io.vmattest.core.verification.ReportVerification;
import io.vmattest.core.verification.ReportVerification.Outcome;
import io.vmattest.core.verification.ReportVerifier;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Checks a report offline and says in words what holds and what does not. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "Checks a signed report offline: its signature, the evidence that its key lives in an endorsed"
          + " TPM, its nonce and its virtual machine, and that its digests add"
          + " up.",
      "Exit code 0 if everything that must hold does, 1 if something does not, 3 if something could"
          + " not be checked."
    })
public final class ReportVerifyCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", description = "The report, as COSE_Sign1 bytes.")
  Path file = Path.of("");

  @Mixin TrustOptions trust = new TrustOptions();

  @Option(
      names = "--nonce",
      paramLabel = "NONCE",
      converter = Nonces.class,
      description = "What the report must carry; hexadecimal or base64url.")
  Optional<byte[]> nonce = Optional.empty();

  @Option(
      names = "--vm",
      paramLabel = "UUID",
      description = "libvirt's identifier of the virtual machine that it must be about.")
  Optional<UUID> vm = Optional.empty();

  @Option(
      names = "--require-hardware-tpm",
      description = "Refuse a report by a software TPM, whose keys are as safe as its host.")
  boolean hardwareTpm;

  @Option(
      names = "--at",
      paramLabel = "TIME",
      description = "When certificates must be valid, like 2026-11-24T12:00:00Z; else now.")
  Optional<Instant> at = Optional.empty();

  @Mixin JsonOption json = new JsonOption();

  private final Output output;
  private final Settings settings;

  public ReportVerifyCommand(Output output, Settings settings) {
    this.output = output;
    this.settings = settings;
  }

  @Override
  public Integer call() throws IOException, KeyEvidenceException {
    json.apply(output);
    byte[] bytes = BoundedFiles.read(file, SignedReport.MAX_SIZE);
    SignedReport report;
    try {
      report = SignedReport.parse(bytes);
    } catch (MalformedReportException e) {
      return malformed(e);
    }
    ReportVerification verification =
        ReportVerifier.verify(
            report,
            trust.anchors(settings),
            new Expectations(nonce, vm, hardwareTpm),
            at.orElseGet(Instant::now));
    print(report, verification);
    output.json(json(report, verification));
    return ExitCodes.of(verification.outcome());
  }

  private int malformed(MalformedReportException e) {
    String why = String.valueOf(e.getMessage());
    output.line("FALSE: " + why);
    output.json(
        JSON.createObjectBuilder().add("outcome", Outcome.FALSE.name()).add("detail", why).build());
    return ExitCodes.VERIFIED_FALSE;
  }

  private void print(SignedReport signed, ReportVerification verification) {
    var report = signed.report();
    output.line(
        "Report %s: number %d of virtual machine %s (%s), issued %s"
            .formatted(
                signed.digest().hex(),
                report.sequence(),
                report.vmName(),
                report.vmId(),
                report.issuedAt()));
    for (Claim claim : verification.claims()) {
      output.line("  %-9s %s".formatted(status(claim), claim.sentence()));
    }
    output.line(
        switch (verification.outcome()) {
          case VERIFIED -> "VERIFIED: everything that must hold does.";
          case FALSE -> "FALSE: something that the report claims does not hold.";
          case UNDECIDED -> "UNDECIDED: nothing is wrong, but not everything could be checked.";
        });
  }

  private static String status(Claim claim) {
    return claim instanceof Claim.Holds
        ? "holds"
        : claim instanceof Claim.Fails ? "FAILS" : "unchecked";
  }

  private static JsonObject json(SignedReport report, ReportVerification verification) {
    JsonArrayBuilder claims = JSON.createArrayBuilder();
    for (Claim claim : verification.claims()) {
      JsonObjectBuilder item =
          JSON.createObjectBuilder()
              .add("subject", claim.subject().name())
              .add("status", status(claim).toLowerCase(Locale.ROOT))
              .add("required", claim.required())
              .add("sentence", claim.sentence());
      if (claim instanceof Claim.Fails fails) {
        item.add("reason", fails.reason());
      }
      claims.add(item);
    }
    JsonObjectBuilder json = JSON.createObjectBuilder();
    device(report).ifPresent(device -> json.add("device", device));
    return json.add("outcome", verification.outcome().name())
        .add("digest", report.digest().hex())
        .add("vm", report.report().vmId().toString())
        .add("vmName", report.report().vmName())
        .add("sequence", report.report().sequence())
        .add("issuedAt", report.report().issuedAt().toString())
        .add("claims", claims)
        .build();
  }

  /** What the key evidence says of where the key lives: tpm or swtpm. */
  private static Optional<String> device(SignedReport report) {
    try {
      Optional<byte[]> evidence = report.keyEvidence();
      return evidence.isPresent()
          ? Optional.of(KeyEvidence.parse(evidence.get()).device())
          : Optional.empty();
    } catch (KeyEvidenceException e) {
      return Optional.empty();
    }
  }
}
