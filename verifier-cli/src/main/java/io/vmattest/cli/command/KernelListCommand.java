// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.settings.Settings;
import jakarta.json.JsonObject;
import java.io.IOException;
import picocli.CommandLine.Command;

/** Lists the kernels that guests are compared with. */
@Command(name = "list", description = "Lists the kernels that guests are compared with.")
public final class KernelListCommand extends ServerCommand {
  public KernelListCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    JsonObject answer = client.get("/kernels");
    for (JsonObject kernel : Answers.objects(answer, "kernels")) {
      KernelLines.print(output, kernel);
    }
    output.json(answer);
    return ExitCodes.VERIFIED;
  }
}
