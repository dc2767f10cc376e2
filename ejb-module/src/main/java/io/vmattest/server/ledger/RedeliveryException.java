// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import jakarta.ejb.ApplicationException;

/** Puts a message back into its queue, to be delivered again. Its cause was logged. */
@ApplicationException
class RedeliveryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RedeliveryException(Exception why) {
    super("delivered again: " + why.getMessage(), why, false, false);
  }
}
