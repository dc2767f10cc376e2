// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import io.vmattest.cli.command.AttestCommand;
import io.vmattest.cli.command.BaselineCommand;
import io.vmattest.cli.command.CaseCommand;
import io.vmattest.cli.command.CaseExportCommand;
import io.vmattest.cli.command.CaseListCommand;
import io.vmattest.cli.command.CaseVerifyCommand;
import io.vmattest.cli.command.DiffCommand;
import io.vmattest.cli.command.ExitCodes;
import io.vmattest.cli.command.InspectCommand;
import io.vmattest.cli.command.KernelCommand;
import io.vmattest.cli.command.KernelImportCommand;
import io.vmattest.cli.command.KernelListCommand;
import io.vmattest.cli.command.LatestCommand;
import io.vmattest.cli.command.LedgerAcknowledgeCommand;
import io.vmattest.cli.command.LedgerCommand;
import io.vmattest.cli.command.LedgerExportCommand;
import io.vmattest.cli.command.LedgerFsckCommand;
import io.vmattest.cli.command.LedgerKeysCommand;
import io.vmattest.cli.command.LedgerProofCommand;
import io.vmattest.cli.command.LedgerRotateCommand;
import io.vmattest.cli.command.MaintenanceBeginCommand;
import io.vmattest.cli.command.MaintenanceCommand;
import io.vmattest.cli.command.MaintenanceEndCommand;
import io.vmattest.cli.command.PolicyCommand;
import io.vmattest.cli.command.ProofCommand;
import io.vmattest.cli.command.ProofVerifyCommand;
import io.vmattest.cli.command.ProposalsApproveCommand;
import io.vmattest.cli.command.ProposalsCommand;
import io.vmattest.cli.command.ProposalsListCommand;
import io.vmattest.cli.command.ProposalsRejectCommand;
import io.vmattest.cli.command.QuarantineCommand;
import io.vmattest.cli.command.QuarantineLiftCommand;
import io.vmattest.cli.command.QuarantineShowCommand;
import io.vmattest.cli.command.ReportCommand;
import io.vmattest.cli.command.ReportShowCommand;
import io.vmattest.cli.command.ReportVerifyCommand;
import io.vmattest.cli.command.ResultCommand;
import io.vmattest.cli.command.ResultLatestCommand;
import io.vmattest.cli.command.ResultVerifyCommand;
import io.vmattest.cli.command.RollbackCommand;
import io.vmattest.cli.command.RollbackListCommand;
import io.vmattest.cli.command.RollbackResolveCommand;
import io.vmattest.cli.command.SnapshotsCloseCaseCommand;
import io.vmattest.cli.command.SnapshotsCommand;
import io.vmattest.cli.command.SnapshotsCoreCommand;
import io.vmattest.cli.command.SnapshotsDebugCommand;
import io.vmattest.cli.command.SnapshotsDebugListCommand;
import io.vmattest.cli.command.SnapshotsDebugStartCommand;
import io.vmattest.cli.command.SnapshotsDebugStopCommand;
import io.vmattest.cli.command.SnapshotsDiffCommand;
import io.vmattest.cli.command.SnapshotsDropCommand;
import io.vmattest.cli.command.SnapshotsListCommand;
import io.vmattest.cli.command.StoreCommand;
import io.vmattest.cli.command.StoreFsckCommand;
import io.vmattest.cli.command.VerifyCommand;
import io.vmattest.cli.command.VmsCommand;
import io.vmattest.cli.output.Output;
import io.vmattest.cli.settings.Settings;
import io.vmattest.cli.settings.UsageException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import picocli.CommandLine;

/** Entry of the vmattest command. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    System.exit(
        run(
            args,
            new PrintStream(System.out, true, StandardCharsets.UTF_8),
            new PrintStream(System.err, true, StandardCharsets.UTF_8),
            System.getenv()));
  }

  /**
   * Runs one command.
   *
   * @return the exit code: 0 verified, 1 verified false, 2 usage, 3 could not verify
   */
  public static int run(
      String[] args, PrintStream out, PrintStream err, Map<String, String> environment) {
    Output output = new Output(out, err);
    Settings settings = new Settings(environment);
    CommandLine line =
        new CommandLine(new RootCommand())
            .addSubcommand(
                new CommandLine(new ReportCommand())
                    .addSubcommand(new ReportVerifyCommand(output, settings))
                    .addSubcommand(new ReportShowCommand(output)))
            .addSubcommand(
                new CommandLine(new ResultCommand())
                    .addSubcommand(new ResultVerifyCommand(output, settings))
                    .addSubcommand(new ResultLatestCommand(output, settings)))
            .addSubcommand(
                new CommandLine(new CaseCommand())
                    .addSubcommand(new CaseListCommand(output, settings))
                    .addSubcommand(new CaseExportCommand(output, settings))
                    .addSubcommand(new CaseVerifyCommand(output, settings)))
            .addSubcommand(new VmsCommand(output, settings))
            .addSubcommand(new AttestCommand(output, settings))
            .addSubcommand(new LatestCommand(output, settings))
            .addSubcommand(new VerifyCommand(output, settings))
            .addSubcommand(new InspectCommand(output, settings))
            .addSubcommand(new DiffCommand(output, settings))
            .addSubcommand(new BaselineCommand(output, settings))
            .addSubcommand(
                new CommandLine(new RollbackCommand(output, settings))
                    .addSubcommand(new RollbackListCommand(output, settings))
                    .addSubcommand(new RollbackResolveCommand(output, settings)))
            .addSubcommand(new PolicyCommand(output, settings))
            .addSubcommand(
                new CommandLine(new MaintenanceCommand())
                    .addSubcommand(new MaintenanceBeginCommand(output, settings))
                    .addSubcommand(new MaintenanceEndCommand(output, settings)))
            .addSubcommand(
                new CommandLine(new ProposalsCommand())
                    .addSubcommand(new ProposalsListCommand(output, settings))
                    .addSubcommand(new ProposalsApproveCommand(output, settings))
                    .addSubcommand(new ProposalsRejectCommand(output, settings)))
            .addSubcommand(
                new CommandLine(new QuarantineCommand())
                    .addSubcommand(new QuarantineShowCommand(output, settings))
                    .addSubcommand(new QuarantineLiftCommand(output, settings)))
            .addSubcommand(
                new CommandLine(new SnapshotsCommand())
                    .addSubcommand(new SnapshotsListCommand(output, settings))
                    .addSubcommand(new SnapshotsDiffCommand(output, settings))
                    .addSubcommand(new SnapshotsCoreCommand(output, settings))
                    .addSubcommand(
                        new CommandLine(new SnapshotsDebugCommand())
                            .addSubcommand(new SnapshotsDebugStartCommand(output, settings))
                            .addSubcommand(new SnapshotsDebugListCommand(output, settings))
                            .addSubcommand(new SnapshotsDebugStopCommand(output, settings)))
                    .addSubcommand(new SnapshotsDropCommand(output, settings))
                    .addSubcommand(new SnapshotsCloseCaseCommand(output, settings)))
            .addSubcommand(
                new CommandLine(new StoreCommand())
                    .addSubcommand(new StoreFsckCommand(output, settings)))
            .addSubcommand(
                new CommandLine(new KernelCommand())
                    .addSubcommand(new KernelImportCommand(output, settings))
                    .addSubcommand(new KernelListCommand(output, settings)))
            .addSubcommand(
                new CommandLine(new LedgerCommand(output, settings))
                    .addSubcommand(new LedgerFsckCommand(output, settings))
                    .addSubcommand(new LedgerExportCommand(output, settings))
                    .addSubcommand(new LedgerProofCommand(output, settings))
                    .addSubcommand(new LedgerKeysCommand(output, settings))
                    .addSubcommand(new LedgerRotateCommand(output, settings))
                    .addSubcommand(new LedgerAcknowledgeCommand(output, settings)))
            .addSubcommand(
                new CommandLine(new ProofCommand())
                    .addSubcommand(new ProofVerifyCommand(output, settings)));
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(err, true));
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionExceptionHandler(
        (exception, command, result) -> {
          output.failure(exception);
          return exception instanceof UsageException ? ExitCodes.USAGE : ExitCodes.COULD_NOT_VERIFY;
        });
    return line.execute(args);
  }
}
