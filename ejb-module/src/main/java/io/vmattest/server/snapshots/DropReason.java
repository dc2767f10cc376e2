// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.snapshots;

/** Why a snapshot was dropped. */
public enum DropReason {
  /** There were more than the policy keeps. */
  COUNT,
  /** It was older than the policy keeps. */
  AGE,
  /** All together took more of the disk than the policy keeps. */
  BYTES,
  /** Somebody asked for it. */
  REQUEST
}
