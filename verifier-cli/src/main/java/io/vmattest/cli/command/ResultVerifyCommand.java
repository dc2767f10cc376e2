// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.settings.BoundedFiles;
import io.vmattest.cli.settings.ResultKeyOption;
import io.vmattest.cli.settings.Settings;
import io.vmattest.cli.settings.UsageException;
import io.vmattest.core.result.MalformedResultException;
import io.vmattest.core.result.ResultJson;
import io.vmattest.core.result.ResultKeys;
import io.vmattest.core.result.ResultRejectedException;
import io.vmattest.core.result.SignedResult;
import io.vmattest.core.result.TrustTier;
import jakarta.json.JsonObjectBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Checks a signed result offline. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "Checks offline that a verifier signed a result, and shows what it says.",
      "Exit code 0 if the verifier says so, be it good or bad; 1 if it does not, or with --affirming"
          + " if its status is another. How old it may be is for you to say: it names its time."
    })
public final class ResultVerifyCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", description = "The result, as COSE_Sign1 bytes.")
  Path file = Path.of("");

  @Mixin ResultKeyOption keys = new ResultKeyOption();

  @Option(
      names = "--vm",
      paramLabel = "UUID",
      description = "libvirt's identifier of the virtual machine that it must be about.")
  Optional<UUID> vm = Optional.empty();

  @Option(names = "--affirming", description = "Want a result whose status is affirming.")
  boolean affirming;

  @Mixin JsonOption json = new JsonOption();

  private final Output output;
  private final Settings settings;

  public ResultVerifyCommand(Output output, Settings settings) {
    this.output = output;
    this.settings = settings;
  }

  @Override
  public Integer call() throws IOException {
    json.apply(output);
    ResultKeys known =
        keys.keys(settings)
            .orElseThrow(() -> new UsageException("Give the verifier's key with --result-key."));
    byte[] bytes = BoundedFiles.read(file, SignedResult.MAX_SIZE);
    try {
      SignedResult result = SignedResult.parse(bytes);
      verify(result, known);
      return genuine(result);
    } catch (MalformedResultException e) {
      return rejected("MALFORMED", String.valueOf(e.getMessage()));
    } catch (ResultRejectedException e) {
      return rejected(e.reason().name(), String.valueOf(e.getMessage()));
    }
  }

  private void verify(SignedResult result, ResultKeys known) throws ResultRejectedException {
    if (vm.isPresent()) {
      result.verify(known, vm.get());
    } else {
      result.verify(known);
    }
  }

  private int genuine(SignedResult result) throws IOException {
    ResultLines.print(output, result);
    TrustTier status = result.result().status();
    boolean holds = !affirming || status == TrustTier.AFFIRMING;
    output.line(
        holds
            ? "GENUINE: the verifier signed this."
            : "NOT AFFIRMING: the verifier signed this, and its status is " + status.text() + ".");
    JsonObjectBuilder document =
        JSON.createObjectBuilder(ResultJson.of(result)).add("genuine", true).add("holds", holds);
    output.json(document.build());
    return holds ? ExitCodes.VERIFIED : ExitCodes.VERIFIED_FALSE;
  }

  private int rejected(String reason, String why) {
    output.line("FALSE: " + why);
    output.json(
        JSON.createObjectBuilder()
            .add("genuine", false)
            .add("holds", false)
            .add("reason", reason)
            .add("detail", why)
            .build());
    return ExitCodes.VERIFIED_FALSE;
  }
}
