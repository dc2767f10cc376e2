// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.settings.Settings;
import io.vmattest.cli.settings.UsageException;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Gives the server a distribution's kernel. */
@Command(
    name = "import",
    description = {
      "Makes Reference Values of a distribution's kernel.",
      "Guests that run this kernel are compared with it from then on. Whether the package is the"
          + " distribution's is to be checked before (apt does, when it downloads it)."
    })
public final class KernelImportCommand extends ServerCommand {
  private static final String DEB = "application/vnd.debian.binary-package";
  private static final String OTHER = "application/octet-stream";

  @Parameters(
      paramLabel = "FILE",
      description =
          "A Debian package (linux-image-*.deb), or a kernel alone (vmlinuz), without its modules.")
  Path file = Path.of("");

  public KernelImportCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    if (!Files.isReadable(file)) {
      throw new UsageException(file + " cannot be read.");
    }
    output.note("Sending %d bytes.".formatted(Files.size(file)));
    JsonObject kernel = client.upload("/kernels", file, isPackage() ? DEB : OTHER);
    KernelLines.print(output, kernel);
    output.json(kernel);
    return ExitCodes.VERIFIED;
  }

  /** By the magic of ar(5). */
  private boolean isPackage() throws IOException {
    try (InputStream stream = Files.newInputStream(file)) {
      return new String(stream.readNBytes(8), StandardCharsets.US_ASCII).equals("!<arch>\n");
    }
  }
}
