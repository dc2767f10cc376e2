// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.verification;

/** A digest of a report does not add up from the parts that the report lists. */
public final class StateRootException extends Exception {
  private static final long serialVersionUID = 1L;
  private final Reason reason;

  public StateRootException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }

  /** Which digest, and how. */
  public enum Reason {
    /** A component that every report has is not there. */
    COMPONENT_MISSING,
    /** A vCPU lacks a control register. */
    REGISTER_MISSING,
    /** Component memory is not the root over the RAM blocks. */
    MEMORY_ROOT,
    /** Component memory has not the size of the RAM blocks. */
    MEMORY_SIZE,
    /** Component cpu/control is not the root over the control registers. */
    CPU_CONTROL_ROOT,
    /** Component devices is not the root over the device sections. */
    DEVICES_ROOT,
    /** The state hash is not the root over the components. */
    STATE_HASH
  }
}
