// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.mutation;

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
import java.util.List;
import java.util.Optional;

/** All that is looked at in a guest. */
record FullLook(KernelFinder finder, List<VcpuRegisters> vcpus, KernelReference reference) {
  /** How many findings; empty if no kernel was found. */
  Optional<Integer> at(GuestMemory memory) {
    KernelSearch search = finder.find(memory, vcpus);
    return search instanceof Found found
        ? Optional.of(
            CodeView.read(found.kernel(), Optional.of(reference)).findings().size()
                + views(found.kernel()))
        : Optional.empty();
  }

  static int views(Kernel kernel) {
    Structures structures = Structures.of(kernel);
    return TaskView.read(structures).findings().size()
        + ModuleView.read(structures).findings().size()
        + SocketView.read(structures).findings().size()
        + MountView.read(structures).findings().size();
  }
}
