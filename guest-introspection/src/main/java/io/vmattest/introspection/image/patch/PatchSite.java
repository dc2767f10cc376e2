// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.patch;

import io.vmattest.introspection.image.MalformedImageException;

/**
 * A place in its text that a kernel may rewrite while it runs, with the values that it may write
 * there. Derived from the image on disk alone, never from memory.
 */
public sealed interface PatchSite
    permits DirectedSite,
        EndbrSite,
        FunctionTraceSite,
        JumpLabelSite,
        LockPrefixSite,
        RetpolineSite,
        ReturnSite,
        RuntimeConstantSite,
        TracerCallSite {
  /** The link-time address of its first byte. */
  long address();

  /** In bytes, at least 1. */
  int length();

  /**
   * Whether the kernel itself may have left these bytes there. Where a value is a function to be
   * called, it must be one of the kernel's own text, or for a static call one of a module; which of
   * them is not decided here.
   *
   * @param live exactly the site's bytes
   */
  boolean allows(byte[] live, LoadedKernel kernel) throws MalformedImageException;
}
