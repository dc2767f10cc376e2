// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.snapshots;

/** Why a snapshot may not be dropped. */
public enum Pin {
  /** The VM's baseline is the report of it. */
  BASELINE,
  /** It is the state that the VM's last rollback replaced, and nobody has closed the case. */
  OPEN_CASE,
  /** A rollback of the VM goes on. */
  ROLLBACK,
  /** A debug clone stands on it. */
  DEBUG_CLONE
}
