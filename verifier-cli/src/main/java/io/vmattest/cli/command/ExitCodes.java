// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.core.verification.ReportVerification.Outcome;

/** What the command says to the shell. */
public final class ExitCodes {
  public static final int VERIFIED = 0;
  public static final int VERIFIED_FALSE = 1;

  /** Said too by the parser of the arguments. */
  public static final int USAGE = 2;

  public static final int COULD_NOT_VERIFY = 3;

  private ExitCodes() {}

  /** Of what was verified offline. */
  static int of(Outcome outcome) {
    return switch (outcome) {
      case VERIFIED -> VERIFIED;
      case FALSE -> VERIFIED_FALSE;
      case UNDECIDED -> COULD_NOT_VERIFY;
    };
  }

  /** By the verdict's name, as the REST API has it. */
  static int ofVerdict(String verdict) {
    return switch (verdict) {
      case "VERIFIED" -> VERIFIED;
      case "DISCREPANT" -> VERIFIED_FALSE;
      default -> COULD_NOT_VERIFY;
    };
  }
}
