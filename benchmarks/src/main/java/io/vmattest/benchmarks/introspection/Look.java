// SPDX-License-Identifier: Apache-2.0
package io.vmattest.benchmarks.introspection;

import io.vmattest.introspection.finding.Finding;
import io.vmattest.introspection.integrity.CodeView;
import io.vmattest.introspection.integrity.KernelReference;
import io.vmattest.introspection.kernel.Kernel;
import io.vmattest.introspection.kernel.KernelFinder;
import io.vmattest.introspection.kernel.KernelSearch;
import io.vmattest.introspection.kernel.KernelSearch.Found;
import io.vmattest.introspection.memory.GuestMemory;
import io.vmattest.introspection.memory.VcpuRegisters;
import io.vmattest.introspection.structure.Structures;
import io.vmattest.introspection.view.ModuleView;
import io.vmattest.introspection.view.MountView;
import io.vmattest.introspection.view.SocketView;
import io.vmattest.introspection.view.TaskView;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A full look at a guest: the kernel is found, its code checked, all views are read. */
record Look(
    Kernel kernel,
    CodeView code,
    TaskView tasks,
    ModuleView modules,
    SocketView sockets,
    MountView mounts) {

  /**
   * Looks.
   *
   * @throws IllegalStateException if no kernel is found
   */
  static Look at(
      GuestMemory memory,
      List<VcpuRegisters> vcpus,
      KernelFinder finder,
      Optional<KernelReference> reference) {
    return views(find(memory, vcpus, finder), reference);
  }

  /** Checks the code of a kernel and reads all views. */
  static Look views(Kernel kernel, Optional<KernelReference> reference) {
    Structures structures = Structures.of(kernel);
    return new Look(
        kernel,
        CodeView.read(kernel, reference),
        TaskView.read(structures),
        ModuleView.read(structures),
        SocketView.read(structures),
        MountView.read(structures));
  }

  static Kernel find(GuestMemory memory, List<VcpuRegisters> vcpus, KernelFinder finder) {
    KernelSearch search = finder.find(memory, vcpus);
    if (search instanceof Found found) {
      return found.kernel();
    }
    throw new IllegalStateException("no kernel: " + search);
  }

  List<Finding> findings() {
    List<Finding> all = new ArrayList<>(code.findings());
    all.addAll(tasks.findings());
    all.addAll(modules.findings());
    all.addAll(sockets.findings());
    all.addAll(mounts.findings());
    return all;
  }
}
