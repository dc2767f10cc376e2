// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.memory;

/** Something in a guest's memory is not what the guest's own structures say that it is. */
public final class MalformedGuestException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Kinds of malformation. */
  public enum Reason {
    /** A virtual address that no page table can map. */
    NOT_CANONICAL,
    /** A virtual address that the page tables do not map. */
    NOT_MAPPED,
    /** Mapped to physical memory that the guest does not have, as may be the page tables. */
    NOT_BACKED,
    /** Longer, more or deeper than the reader's limit. */
    TOO_LARGE,
    /** A value that the structure does not allow. */
    INVALID,
    /** Something that every kernel of this kind has is absent. */
    MISSING
  }

  private final Reason reason;
  private final long address;

  /**
   * @param address where in the guest; virtual unless the message says otherwise
   */
  public MalformedGuestException(Reason reason, long address, String message) {
    super("%s (%s at 0x%x)".formatted(message, reason, address));
    this.reason = reason;
    this.address = address;
  }

  public Reason reason() {
    return reason;
  }

  /** Where in the guest. */
  public long address() {
    return address;
  }
}
