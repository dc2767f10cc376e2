// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.finding;

/** How grave a finding is, ascending. */
public enum Severity {
  /** Legitimate in itself, and worth knowing: tracing, for one. */
  INFO,
  /** Not decided: what was there could not be read or is of no known kind. */
  WARNING,
  /** What no untampered kernel does. */
  CRITICAL
}
