// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import java.util.Optional;
import picocli.CommandLine.IVersionProvider;

/** Says the version that the jar's manifest has. */
final class VersionProvider implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {
      "vmattest "
          + Optional.ofNullable(Main.class.getPackage().getImplementationVersion())
              .orElse("(not packaged)")
    };
  }
}
