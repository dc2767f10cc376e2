// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.finding;

import java.util.OptionalLong;

/**
 * Something in a guest that is not as it should be, in the guest's terms.
 *
 * @param subject what it is about: {@code __x64_sys_kill+0x5}, {@code task 119 wuser}, {@code
 *     module dummy}; may quote the guest
 * @param expected what should be there
 * @param found what is there
 * @param address where, virtual; 0 if it has no place
 * @param page the guest physical address of the page that holds it, where it is backed
 */
public record Finding(
    Kind kind,
    Severity severity,
    String subject,
    String expected,
    String found,
    long address,
    OptionalLong page) {
  private static final int MAX_TEXT = 512;

  /** What kind of thing it is. The names are part of the interface to users. */
  public enum Kind {
    /** Bytes of the kernel's text that are not its image's. */
    TEXT_PATCHED,
    /** A place that the kernel itself patches, with a value that it never writes there. */
    PATCH_SITE_INVALID,
    /** Read-only data that is not the image's. */
    RODATA_CHANGED,
    /** An entry of the system call table, or a target of the direct dispatcher. */
    SYSCALL_HOOKED,
    /** The entry point that a vCPU takes for a system call is not the kernel's. */
    SYSCALL_ENTRY_MOVED,
    /** A gate of the interrupt descriptor table, or the table's place. */
    IDT_HOOKED,
    /** A table of function pointers that leads out of the kernel and its modules. */
    POINTER_HOOKED,
    /** A module's text that is not what its file makes. */
    MODULE_TEXT_PATCHED,
    /** A module that no known package has. */
    MODULE_UNKNOWN,
    /** A module that is loaded and not in the list of modules. */
    MODULE_HIDDEN,
    /** A function that is traced by ftrace. */
    FUNCTION_TRACED,
    /** A kprobe. */
    PROBE_SET,
    /** A BPF program that is attached to a function. */
    BPF_ATTACHED,
    /** A task that is not in the list of tasks, or not where else all tasks are. */
    TASK_HIDDEN,
    /** A structure of the guest that is malformed: a loop, a pointer to nowhere, too many. */
    STRUCTURE_MALFORMED
  }

  /** Texts are cut at 512 characters: a guest may write as long a name as it likes. */
  public Finding {
    subject = cut(subject);
    expected = cut(expected);
    found = cut(found);
  }

  private static String cut(String text) {
    return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT - 1) + "…";
  }
}
