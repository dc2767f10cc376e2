// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import picocli.CommandLine.Command;

/** Groups what is done with signed results. */
@Command(
    name = "result",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Fetches a verdict as signed Attestation Result (EAR), or checks one offline.")
public final class ResultCommand {}
