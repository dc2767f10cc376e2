// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import picocli.CommandLine.Command;

/** Snapshots as clones for debuggers. */
@Command(
    name = "debug",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Starts a snapshot as a paused clone beside its virtual machine, which is not touched.",
      "The clone has no network; gdb attaches to it on the host, on the loopback interface."
    })
public final class SnapshotsDebugCommand {}
