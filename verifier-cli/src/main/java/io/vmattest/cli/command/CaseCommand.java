// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import picocli.CommandLine.Command;

/** Groups what is done with the evidence of rollbacks and discrepancies. */
@Command(
    name = "case",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description =
        "Lists rollbacks and discrepancies, exports the evidence of one, or verifies that offline.")
public final class CaseCommand {}
