// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import io.vmattest.introspection.finding.Finding;
import io.vmattest.introspection.finding.Finding.Kind;
import io.vmattest.introspection.finding.Severity;
import io.vmattest.introspection.kernel.Kernel;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.structure.Findings;
import io.vmattest.introspection.structure.Structures;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The modules of a guest's kernel.
 *
 * @param modules those of the kernel's list in its order, then those found only elsewhere
 * @param findings modules that are hidden, structures that are malformed
 */
public record ModuleView(List<LoadedModule> modules, List<Finding> findings) {
  public ModuleView {
    modules = List.copyOf(modules);
    findings = List.copyOf(findings);
  }

  public static ModuleView read(Kernel kernel) {
    return read(Structures.of(kernel));
  }

  /** The same, for who reads more than one view. */
  public static ModuleView read(Structures structures) {
    Findings findings = new Findings(structures.space());
    List<LoadedModule> modules = new ArrayList<>();
    try {
      new Comparison(structures, findings).read(modules);
    } catch (MalformedGuestException e) {
      findings.malformed("modules", e);
    }
    return new ModuleView(modules, findings.list());
  }

  /**
   * Loading links a module first into the list, then into the tree, then into sysfs, and only then
   * makes it LIVE; it is not LIVE when it leaves sysfs, then the list, then the tree
   * (kernel/module/main.c, load_module and free_module). So a CPU that was stopped within either
   * explains a module that is in the tree alone, if it is UNFORMED or GOING, and one that is not in
   * sysfs, if it is not LIVE; nothing explains one that is in sysfs and not in the list.
   */
  private static final class Comparison {
    private final ModuleCensus census;
    private final Findings findings;
    private final ModuleReader reader;
    private final Set<Long> listed;
    private final Set<Long> inSysfs = new LinkedHashSet<>();
    private final Set<Long> byAddress = new LinkedHashSet<>();

    Comparison(Structures structures, Findings findings) throws MalformedGuestException {
      this.census = new ModuleCensus(structures, findings);
      this.findings = findings;
      this.reader = new ModuleReader(structures);
      this.listed = census.listed(reader.list);
      add("module_kset", inSysfs, census::inSysfs);
      add("mod_tree", byAddress, census::byAddress);
    }

    void read(List<LoadedModule> modules) {
      for (long module : listed) {
        read(module, true, modules);
      }
      Set<Long> elsewhere = new LinkedHashSet<>(inSysfs);
      elsewhere.addAll(byAddress);
      elsewhere.removeAll(listed);
      for (long module : elsewhere) {
        if (inSysfs.contains(module) || !comesOrGoes(module)) {
          String place = inSysfs.contains(module) ? "sysfs" : "the tree of addresses";
          hidden(module, "in the list of modules", "only in " + place);
          read(module, false, modules);
        }
      }
      if (census.sysfsComplete()) {
        modules.stream()
            .filter(it -> it.listed() && it.state() == ModuleState.LIVE)
            .filter(it -> !inSysfs.contains(it.address()))
            .forEach(it -> hidden(it.address(), "in sysfs", "only in the list of modules"));
      }
    }

    private boolean comesOrGoes(long module) {
      try {
        ModuleState state = ModuleState.of(reader.state.get(module));
        return state == ModuleState.UNFORMED || state == ModuleState.GOING;
      } catch (MalformedGuestException e) {
        return false;
      }
    }

    private void read(long module, boolean isListed, List<LoadedModule> modules) {
      try {
        modules.add(reader.read(module, isListed));
      } catch (MalformedGuestException e) {
        findings.malformed(reader.name(module), e);
      }
    }

    private void hidden(long module, String expected, String found) {
      findings.add(
          Kind.MODULE_HIDDEN, Severity.CRITICAL, reader.name(module), expected, found, module);
    }

    private void add(String name, Set<Long> modules, Source source) {
      try {
        modules.addAll(source.read());
      } catch (MalformedGuestException e) {
        findings.malformed(name, e);
      }
    }

    private interface Source {
      Set<Long> read() throws MalformedGuestException;
    }
  }
}
