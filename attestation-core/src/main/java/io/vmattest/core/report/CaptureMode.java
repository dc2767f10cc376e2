// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.report;

import java.util.Locale;

/** How the state was taken. */
public enum CaptureMode {
  /** From a running guest: a migration whose switchover the module refuses. */
  LIVE,
  /** From a guest that stood still before, during and after. */
  SUSPENDED,
  /** From a running guest whose memory was write-protected: a background snapshot. */
  BACKGROUND;

  /** As it stands in the report. */
  public String claim() {
    return name().toLowerCase(Locale.ROOT);
  }
}
