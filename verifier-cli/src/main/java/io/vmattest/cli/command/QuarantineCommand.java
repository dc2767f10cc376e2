// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import picocli.CommandLine.Command;

/** VMs that were stopped or cut off. */
@Command(
    name = "quarantine",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description =
        "Shows whether a virtual machine was suspended or cut off by its policy, and lifts that.")
public final class QuarantineCommand {}
