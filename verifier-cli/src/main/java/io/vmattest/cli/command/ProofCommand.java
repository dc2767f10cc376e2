// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import picocli.CommandLine.Command;

/** What is done with a proof that an entry is in the ledger. */
@Command(
    name = "proof",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Checks proofs that entries are in a ledger, without its server.")
public final class ProofCommand {}
