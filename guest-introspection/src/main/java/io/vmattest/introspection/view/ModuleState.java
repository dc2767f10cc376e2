// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

/** How far a module's life is. */
public enum ModuleState {
  LIVE,
  COMING,
  GOING,
  /** Not yet set up, or no longer whole. */
  UNFORMED,
  /** No number that the kernel knows. */
  UNKNOWN;

  static ModuleState of(long number) {
    return number >= 0 && number < UNKNOWN.ordinal() ? values()[(int) number] : UNKNOWN;
  }
}
