// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.tlog.NoteSigner;
import io.vmattest.core.tlog.NoteVerifiers;

/** The keys that the log's checkpoints are signed by, under the log's name. */
public interface LogKeys {
  /**
   * Signs what is new.
   *
   * @throws io.vmattest.server.problem.ServiceException with HSM_UNAVAILABLE
   */
  NoteSigner signer(String origin);

  /** Those of all generations. */
  NoteVerifiers verifiers(String origin);

  /** The same; none of a log that has no name yet, and so has signed nothing. */
  default NoteVerifiers knownVerifiers(String origin) {
    return origin.isEmpty() ? NoteVerifiers.of() : verifiers(origin);
  }
}
