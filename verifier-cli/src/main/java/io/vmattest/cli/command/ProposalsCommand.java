// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import picocli.CommandLine.Command;

/** What two people have to want. */
@Command(
    name = "proposals",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Lists rollbacks that wait for a second person, approves and rejects them.")
public final class ProposalsCommand {}
