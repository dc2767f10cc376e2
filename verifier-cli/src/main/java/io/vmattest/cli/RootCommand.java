// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import picocli.CommandLine.Command;

/** The command itself; what it does is in its subcommands. */
@Command(
    name = "vmattest",
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Proves what is inside a virtual machine, notices when it changes wrongly, and puts it back.",
      ""
    },
    footerHeading = "%nSettings:%n",
    footer = {
      "  Every option that names a server, key or certificate may also come from",
      "  the environment (VMATTEST_SERVER, VMATTEST_CERT, VMATTEST_KEY,",
      "  VMATTEST_KEYSTORE, VMATTEST_PASSWORD_FILE, VMATTEST_CA,",
      "  VMATTEST_ENDORSEMENT_ROOT, VMATTEST_ENROLLER, VMATTEST_LOG_KEY,",
      "  VMATTEST_RESULT_KEY), or from a properties file with the options' names",
      "  as keys: the one that VMATTEST_CONFIG names, or",
      "  ~/.config/vmattest/config.properties."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:verified, or done",
      "1:verified, and the answer is no",
      "2:wrong usage",
      "3:could not verify, or could not be done"
    })
final class RootCommand {}
