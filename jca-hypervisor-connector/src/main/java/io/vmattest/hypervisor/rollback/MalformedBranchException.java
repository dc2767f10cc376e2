// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import java.io.IOException;
import java.nio.file.Path;

/** A file of the journal is no branch's record; reading it again will not help. */
final class MalformedBranchException extends IOException {
  private static final long serialVersionUID = 1L;

  MalformedBranchException(Path file, Throwable cause) {
    super(file + " is malformed", cause);
  }
}
