// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.kernel;

/** What came of looking for a guest's kernel. */
public sealed interface KernelSearch {
  /** There it is. */
  record Found(Kernel kernel) implements KernelSearch {}

  /**
   * There is none that could be read.
   *
   * @param detail for people; may quote the guest
   */
  record Unreadable(Reason reason, String detail) implements KernelSearch {}

  /** Why a guest cannot be read. */
  enum Reason {
    /**
     * No VMCOREINFO: not Linux, not yet started, built without it, or memory that the host sees
     * encrypted.
     */
    NO_KERNEL,
    /** There are claims of a kernel, and none that proves itself. */
    NOT_PROVEN,
    /** The kernel was found, and its types are absent or malformed. */
    NO_TYPES,
    /** The host cannot read what it keeps of the guest. */
    MEMORY_NOT_READ
  }
}
