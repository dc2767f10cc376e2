// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

/**
 * A piece of memory that a module has.
 *
 * @param start its first address
 * @param size in bytes, above 0
 */
public record ModuleRange(Kind kind, long start, long size) {
  /** What is in it; in the order of the kernel's enum mod_mem_type. */
  public enum Kind {
    TEXT,
    DATA,
    RODATA,
    RO_AFTER_INIT,
    INIT_TEXT,
    INIT_DATA,
    INIT_RODATA
  }
}
