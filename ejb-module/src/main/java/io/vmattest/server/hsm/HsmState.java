// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.hsm;

import java.nio.file.Path;

/** Whether the token's keys can be used. */
public sealed interface HsmState {
  /**
   * They can; one of them has just been.
   *
   * @param generation of the keys that are used for what is new, from 1
   * @param token the token's label; empty if the JVM keeps it to itself (see {@link Hsm})
   */
  record Ready(int generation, String token, Path library) implements HsmState {}

  /**
   * They cannot.
   *
   * @param reason for people
   */
  record Unavailable(String reason) implements HsmState {}
}
