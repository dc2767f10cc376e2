// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.api;

/** How a rollback's branch ends. */
public enum RollbackOutcome {
  /** The VM goes on from the attested snapshot. */
  COMMIT,
  /** The suspect state comes back. */
  ROLL_BACK
}
