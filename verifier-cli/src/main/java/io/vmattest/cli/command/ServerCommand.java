// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.settings.ServerOptions;
import io.vmattest.cli.settings.Settings;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What all commands that talk to a server share. */
@Command(mixinStandardHelpOptions = true, sortOptions = false, usageHelpAutoWidth = true)
abstract class ServerCommand implements Callable<Integer> {
  @Mixin ServerOptions server = new ServerOptions();
  @Mixin JsonOption json = new JsonOption();

  final Output output;
  private final Settings settings;

  ServerCommand(Output output, Settings settings) {
    this.output = output;
    this.settings = settings;
  }

  @Override
  public Integer call() throws IOException {
    json.apply(output);
    return call(server.connect(settings));
  }

  /** Does it, and gives the exit code. */
  abstract int call(RestClient client) throws IOException;
}
