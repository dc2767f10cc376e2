// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import picocli.CommandLine.Command;

/** Times in which a VM is changed on purpose. */
@Command(
    name = "maintenance",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Lets a virtual machine be changed for a time: discrepancies are not reacted to.",
      "At its end a fresh report with its snapshot becomes the baseline."
    })
public final class MaintenanceCommand {}
