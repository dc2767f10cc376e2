// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.guest;

import io.vmattest.core.appraisal.GuestComponents;
import io.vmattest.core.guest.GuestDocument;
import io.vmattest.core.guest.GuestFinding;
import io.vmattest.core.guest.GuestKernel;
import io.vmattest.core.guest.GuestState;
import io.vmattest.core.report.Digest;
import io.vmattest.introspection.finding.Finding;
import io.vmattest.introspection.integrity.CodeComponent;
import io.vmattest.introspection.integrity.CodeView;
import io.vmattest.introspection.integrity.KernelReference;
import io.vmattest.introspection.kernel.Kernel;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.structure.Structures;
import io.vmattest.introspection.view.ModuleView;
import io.vmattest.introspection.view.MountView;
import io.vmattest.introspection.view.SocketView;
import io.vmattest.introspection.view.TaskView;
import io.vmattest.tee.HostComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What one capture shows of a kernel that was found. */
final class KernelInspection {
  /** More findings than these are one flood. */
  private static final int MAX_FINDINGS = 4096;

  private final Kernel kernel;
  private final Optional<KernelReference> reference;
  private final PageProofs proofs;
  private final List<Finding> findings = new ArrayList<>();

  KernelInspection(Kernel kernel, Optional<KernelReference> reference, PageProofs proofs) {
    this.kernel = kernel;
    this.reference = reference;
    this.proofs = proofs;
  }

  Inspection inspect() throws MalformedGuestException {
    Structures structures = Structures.of(kernel);
    CodeView code = CodeView.read(kernel, reference);
    TaskView tasks = TaskView.read(structures);
    ModuleView modules = ModuleView.read(structures);
    SocketView sockets = SocketView.read(structures);
    MountView mounts = MountView.read(structures);
    findings.addAll(code.findings());
    findings.addAll(tasks.findings());
    findings.addAll(modules.findings());
    findings.addAll(sockets.findings());
    findings.addAll(mounts.findings());
    GuestState.Seen seen =
        new GuestState.Seen(
            kernel(code),
            Views.tasks(tasks),
            Views.modules(modules),
            Views.sockets(sockets),
            Views.mounts(mounts),
            findings.stream().limit(MAX_FINDINGS).map(this::finding).toList());
    return GuestInspector.inspection(seen, components(code, seen));
  }

  private GuestKernel kernel(CodeView code) throws MalformedGuestException {
    return new GuestKernel(
        kernel.info().osRelease(),
        kernel.info().buildId(),
        kernel.info().kernelOffset(),
        code.reference().orElse(""));
  }

  private GuestFinding finding(Finding finding) {
    return new GuestFinding(
        finding.kind().name(),
        finding.severity().name(),
        finding.subject(),
        finding.expected(),
        finding.found(),
        finding.address(),
        finding.page(),
        finding.page().isPresent() ? proofs.of(finding.page().getAsLong()) : Optional.empty());
  }

  /** Without files to compare them with, modules are told by their names and sizes. */
  private static List<HostComponent> components(CodeView code, GuestState.Seen seen) {
    List<HostComponent> components = new ArrayList<>();
    for (CodeComponent it : code.components()) {
      components.add(
          GuestInspector.component(name(it.part()), Digest.ofHex(it.digest()), it.size()));
    }
    if (code.component(CodeComponent.Part.MODULES).isEmpty()) {
      byte[] modules = GuestDocument.modules(seen);
      components.add(
          GuestInspector.component(
              GuestComponents.MODULES, Digest.sha256(modules), modules.length));
    }
    return components;
  }

  private static String name(CodeComponent.Part part) {
    return switch (part) {
      case TEXT -> GuestComponents.TEXT;
      case RODATA -> GuestComponents.RODATA;
      case SYSCALLS -> GuestComponents.SYSCALLS;
      case INTERRUPTS -> GuestComponents.IDT;
      case MODULES -> GuestComponents.MODULES;
    };
  }
}
