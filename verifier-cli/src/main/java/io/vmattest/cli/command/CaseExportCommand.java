// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.cases.CaseDownload;
import io.vmattest.cli.cases.CaseFolder;
import io.vmattest.cli.output.Bytes;
import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.settings.Settings;
import io.vmattest.core.bundle.CaseBundle;
import io.vmattest.core.bundle.CaseRejectedException;
import jakarta.json.JsonObjectBuilder;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes the evidence of a case. */
@Command(
    name = "export",
    description = {
      "Writes the evidence of a case: reports, key evidence, results, differences, and the proofs",
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

  @Option(
      names = "--core",
      description = {
        "Also the memory of the state in question as ELF core, listed in the manifest: suspect.core",
        "in the folder, or beside CASE.zip as CASE.core. It is all of the guest's memory with its",
        "secrets: role auditor or admin, and it is recorded."
      })
  boolean core;

  public CaseExportCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    try {
      CaseBundle bundle = new CaseDownload(client, id).to(path, core);
      output.line("Wrote %d files and their manifest: %s".formatted(bundle.files().size(), path));
      JsonObjectBuilder json =
          JSON.createObjectBuilder()
              .add("id", id)
              .add("output", path.toString())
              .add("files", JSON.createArrayBuilder(bundle.files().keySet()));
      if (core) {
        Path memory = CaseFolder.core(path);
        output.line("Wrote the memory, %s: %s".formatted(Bytes.text(Files.size(memory)), memory));
        json.add("core", memory.toString());
      }
      output.json(json.build());
      return ExitCodes.VERIFIED;
    } catch (CaseRejectedException e) {
      throw new IOException("The server's answer is no bundle: " + e.detail(), e);
    } catch (FileAlreadyExistsException e) {
      throw new IOException(e.getMessage() + " is there already.", e);
    }
  }
}
