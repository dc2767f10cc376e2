// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.cases.CaseFolder;
import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.settings.Settings;
import io.vmattest.core.bundle.CaseBundle;
import io.vmattest.core.bundle.CaseRejectedException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes the evidence of a case. */
@Command(
    name = "export",
    description = {
      "Writes the evidence of a rollback: reports, key evidence, results, differences, and the proofs",
      "that all of it is in the ledger, under a signed manifest. Nothing is verified: see case verify."
    })
public final class CaseExportCommand extends ServerCommand {
  @Parameters(paramLabel = "ID", description = "As case list gives it.")
  long id;

  @Option(
      names = "--output",
      paramLabel = "PATH",
      required = true,
      description = "A zip file if it ends in .zip, else a folder; it must not be there yet.")
  Path path = Path.of("");

  public CaseExportCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    try {
      CaseBundle bundle =
          CaseBundle.ofZip(client.getBytes("/cases/" + id + "/bundle", CaseBundle.MEDIA_TYPE));
      CaseFolder.write(bundle, path);
      output.line("Wrote %d files and their manifest: %s".formatted(bundle.files().size(), path));
      output.json(
          JSON.createObjectBuilder()
              .add("id", id)
              .add("output", path.toString())
              .add("files", JSON.createArrayBuilder(bundle.files().keySet()))
              .build());
      return ExitCodes.VERIFIED;
    } catch (CaseRejectedException e) {
      throw new IOException("The server's answer is no bundle: " + e.detail(), e);
    } catch (FileAlreadyExistsException e) {
      throw new IOException(path + " is there already.", e);
    }
  }
}
