// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import io.vmattest.core.guest.GuestDocument;
import io.vmattest.core.guest.GuestFinding;
import io.vmattest.core.guest.GuestTask;
import java.util.Optional;
import java.util.OptionalLong;

/** Makes discrepancies in a guest's own terms. */
final class GuestDiscrepancies {
  static final String GUEST = GuestDocument.COMPONENT;
  static final String PROCESSES = GuestDocument.PROCESSES;
  static final String TEXT = GuestComponents.TEXT;
  static final String MODULES = GuestComponents.MODULES;

  private static final long PAGE = 4096;

  private GuestDiscrepancies() {}

  static Discrepancy of(GuestFinding finding, Severity severity) {
    return new Discrepancy(
        component(finding.kind()),
        severity,
        finding.subject(),
        Optional.empty(),
        OptionalLong.empty(),
        finding.page(),
        finding.page().isPresent() ? OptionalLong.of(PAGE) : OptionalLong.empty(),
        finding.address() == 0 ? OptionalLong.empty() : OptionalLong.of(finding.address()),
        finding.proof(),
        finding.expected(),
        finding.found(),
        explanation(finding.kind()));
  }

  static String name(GuestTask task) {
    return "task %d %s".formatted(task.pid(), task.name());
  }

  private static String component(String kind) {
    return switch (kind) {
      case "TEXT_PATCHED", "PATCH_SITE_INVALID", "FUNCTION_TRACED", "PROBE_SET", "BPF_ATTACHED" ->
          TEXT;
      case "RODATA_CHANGED", "POINTER_HOOKED" -> GuestComponents.RODATA;
      case "SYSCALL_HOOKED", "SYSCALL_ENTRY_MOVED" -> GuestComponents.SYSCALLS;
      case "IDT_HOOKED" -> GuestComponents.IDT;
      case "MODULE_TEXT_PATCHED", "MODULE_UNKNOWN", "MODULE_HIDDEN" -> MODULES;
      case "TASK_HIDDEN" -> PROCESSES;
      default -> GUEST;
    };
  }

  private static String explanation(String kind) {
    return switch (kind) {
      case "TEXT_PATCHED" -> "Code of the kernel is not its image's.";
      case "PATCH_SITE_INVALID" -> "The kernel itself never writes this where it patches itself.";
      case "FUNCTION_TRACED" -> "A function of the kernel is traced.";
      case "PROBE_SET" -> "A probe is set in the kernel.";
      case "BPF_ATTACHED" -> "A BPF program is attached to a function of the kernel.";
      case "RODATA_CHANGED" -> "Read-only data of the kernel is not its image's.";
      case "POINTER_HOOKED" -> "A pointer to a function leads elsewhere than the kernel's image.";
      case "SYSCALL_HOOKED" -> "A system call goes to another function than the kernel's own.";
      case "SYSCALL_ENTRY_MOVED" -> "System calls do not enter at the kernel's entry point.";
      case "IDT_HOOKED" -> "An interrupt goes to another handler than the kernel's own.";
      case "MODULE_TEXT_PATCHED" -> "Code of a module is not its file's.";
      case "MODULE_UNKNOWN" -> "No known package has this module.";
      case "MODULE_HIDDEN" -> "The module is loaded, and not in the list of modules.";
      case "TASK_HIDDEN" -> "The task is not everywhere where tasks are listed.";
      case "STRUCTURE_MALFORMED" -> "A structure of the guest's kernel is malformed.";
      default -> "The guest is not as it should be.";
    };
  }
}
