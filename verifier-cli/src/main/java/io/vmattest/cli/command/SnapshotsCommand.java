// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import picocli.CommandLine.Command;

/** What is done with kept snapshots. */
@Command(
    name = "snapshots",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description =
        "Lists, compares, exports, debugs and drops the snapshots that are kept of a virtual machine.")
public final class SnapshotsCommand {}
