// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

/**
 * The digest of a part of a kernel's code.
 *
 * @param digest SHA-256 in hexadecimal
 * @param size how many bytes, gates, targets or modules it is over, by the part
 * @param canonical whether kernels booted from one image share the digest. If not, it is of the
 *     bytes as they are, relocated and patched, and can be compared within one boot alone
 */
public record CodeComponent(Part part, String digest, long size, boolean canonical) {
  /** The parts. */
  public enum Part {
    /** The section .text, in bytes. */
    TEXT,
    /** Read-only data but for what is written at boot, in bytes. */
    RODATA,
    /** The targets of the tables and dispatchers of system calls. */
    SYSCALLS,
    /** The gates of the interrupt descriptor table. */
    INTERRUPTS,
    /** The modules whose files are known: names and digests of their text. */
    MODULES
  }
}
