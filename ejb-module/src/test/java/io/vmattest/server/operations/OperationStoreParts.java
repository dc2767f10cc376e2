// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.operations;

import jakarta.persistence.EntityManager;

/** The store of operations, as the container would wire it. */
public final class OperationStoreParts {
  public static final Operation.Failure INTERRUPTED =
      new Operation.Failure("INTERRUPTED", "the server ended before the work did");

  private OperationStoreParts() {}

  public static OperationStore store(EntityManager em) {
    OperationStore store = new OperationStore();
    store.em = em;
    return store;
  }
}
