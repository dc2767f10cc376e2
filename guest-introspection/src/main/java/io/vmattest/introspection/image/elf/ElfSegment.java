// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.elf;

/**
 * A program header (Elf64_Phdr) of a part that is loaded.
 *
 * @param offset p_offset in the file
 * @param virtualAddress p_vaddr; 0 for a kernel's per-CPU template
 * @param physicalAddress p_paddr
 * @param fileSize p_filesz in bytes, within the file
 */
public record ElfSegment(long offset, long virtualAddress, long physicalAddress, long fileSize) {}
