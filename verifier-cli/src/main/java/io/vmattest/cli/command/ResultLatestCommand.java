// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.rest.Vm;
import io.vmattest.cli.settings.Settings;
import io.vmattest.core.result.MalformedResultException;
import io.vmattest.core.result.ResultJson;
import io.vmattest.core.result.SignedResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Fetches a VM's last verdict. */
@Command(
    name = "latest",
    description = {
      "Writes a virtual machine's last verdict to a file, as signed Attestation Result.",
      "Exit code 1 if it is about another machine. Whether it is true is for 'vmattest result"
          + " verify' to say."
    })
public final class ResultLatestCommand extends ServerCommand {
  private static final String EAT_CWT = "application/eat+cwt";

  @Parameters(paramLabel = "VM", description = "Identifier or name.")
  String vm = "";

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "Where to write the COSE_Sign1 bytes.")
  Path out = Path.of("");

  public ResultLatestCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    Vm machine = Vm.find(client, vm);
    byte[] bytes = client.getBytes(machine.path() + "/results/latest", EAT_CWT);
    SignedResult result;
    try {
      result = SignedResult.parse(bytes);
    } catch (MalformedResultException e) {
      throw new IOException("The server's answer is no result: " + e.getMessage(), e);
    }
    Files.write(out, bytes);
    ResultLines.print(output, result);
    output.line("Written to " + out + ".");
    output.json(ResultJson.of(result));
    boolean same = result.result().vm().vm().equals(machine.id());
    if (!same) {
      output.line("It is NOT about this virtual machine.");
    }
    return same ? ExitCodes.VERIFIED : ExitCodes.VERIFIED_FALSE;
  }
}
