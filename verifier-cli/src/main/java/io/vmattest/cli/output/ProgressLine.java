// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.output;

/** Shows how far long work is: a bar that is redrawn on a terminal, a line a step elsewhere. */
public final class ProgressLine implements AutoCloseable {
  private static final int WIDTH = 30;
  private static final int LINE = 100;

  private final Output output;
  private final boolean terminal;
  private String lastStep = "";
  private boolean drawn;

  public ProgressLine(Output output, boolean terminal) {
    this.output = output;
    this.terminal = terminal;
  }

  /**
   * @param fraction from 0 to 1
   */
  public void show(String step, double fraction) {
    if (terminal) {
      int full = (int) Math.round(Math.max(0, Math.min(1, fraction)) * WIDTH);
      String bar = "#".repeat(full) + ".".repeat(WIDTH - full);
      String line = "[%s] %3.0f%% %s".formatted(bar, fraction * 100, Plain.text(step));
      output.progressStream().printf("\r%-" + LINE + "." + LINE + "s", line);
      output.progressStream().flush();
      drawn = true;
    } else if (!step.equals(lastStep)) {
      output.note("%3.0f%% %s".formatted(fraction * 100, step));
      lastStep = step;
    }
  }

  @Override
  public void close() {
    if (drawn) {
      output.progressStream().println();
      drawn = false;
    }
  }
}
