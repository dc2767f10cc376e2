// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.policy;

/** What is done when a VM is found to be DISCREPANT. */
public enum Reaction {
  /** The verdict is recorded and told, nothing else. */
  ALERT,
  /** It is suspended. */
  QUARANTINE_PAUSE,
  /** The links of all its network interfaces are taken down. */
  QUARANTINE_LINKS,
  /** It is rolled back to its baseline. */
  ROLL_BACK,
  /** A rollback is proposed, and runs once two people want it; nobody's rollback runs without. */
  APPROVE
}
