// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import java.util.List;

/** Seals rows by keys that stay in the HSM. */
public interface Seals {
  /** Label of the key that new rows are sealed by. */
  String key();

  /** Whether there is a key of that label. */
  boolean hasKey(String label);

  /**
   * HMAC-SHA256 of each message.
   *
   * @throws io.vmattest.server.problem.ServiceException with HSM_UNAVAILABLE
   */
  List<byte[]> seal(String key, List<byte[]> messages);
}
