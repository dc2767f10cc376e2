// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Output;
import picocli.CommandLine.Option;

/** How to answer. */
final class JsonOption {
  @Option(
      names = "--json",
      description =
          "Answer with one JSON document on standard output; text goes to standard error.")
  boolean json;

  void apply(Output output) {
    output.useJson(json);
  }
}
