// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.output.Bytes;
import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.rest.Vm;
import io.vmattest.cli.settings.Settings;
import io.vmattest.cli.settings.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Takes a snapshot along for a debugger. */
@Command(
    name = "core",
    description = {
      "Writes a snapshot as an ELF core file: memory by guest physical addresses, the registers of",
      "all vCPUs, and the kernel's VMCOREINFO where it is found. gdb, crash, drgn and readelf read it.",
      "The server checks every page against the attested tree first; a damaged snapshot gives no file.",
      "It is all of the guest's memory with its secrets: role auditor or admin, and it is recorded."
    })
public final class SnapshotsCoreCommand extends ServerCommand {
  @Parameters(index = "0", paramLabel = "VM", description = "Identifier or name.")
  String vm = "";

  @Parameters(index = "1", paramLabel = "SNAPSHOT", description = "Digest, or how it begins.")
  String snapshot = "";

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description = "The file, which must not be there yet; only you may read it.")
  Path file = Path.of("");

  public SnapshotsCoreCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new UsageException(file + " is there already.");
    }
    Vm machine = Vm.find(client, vm);
    String digest = SnapshotReference.digest(client, machine, snapshot);
    CoreFile.fetch(client, machine.path() + "/snapshots/" + digest + "/cores", file);
    long size = Files.size(file);
    output.line(
        "%s has snapshot %s, %s, as it was attested.".formatted(file, digest, Bytes.text(size)));
    output.json(
        JSON.createObjectBuilder()
            .add("file", file.toString())
            .add("snapshot", digest)
            .add("bytes", size)
            .build());
    return ExitCodes.VERIFIED;
  }
}
