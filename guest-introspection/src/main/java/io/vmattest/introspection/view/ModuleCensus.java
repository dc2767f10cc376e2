// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.MalformedGuestException.Reason;
import io.vmattest.introspection.structure.Chains;
import io.vmattest.introspection.structure.Field;
import io.vmattest.introspection.structure.Findings;
import io.vmattest.introspection.structure.SearchTree;
import io.vmattest.introspection.structure.Struct;
import io.vmattest.introspection.structure.Structures;
import io.vmattest.introspection.structure.Walk;
import java.util.LinkedHashSet;
import java.util.Set;

/** Where the kernel keeps its modules. */
final class ModuleCensus {
  static final int MAX_MODULES = 1 << 14;

  private final Structures structures;
  private final Findings findings;
  private final Chains chains;
  private boolean sysfsComplete;

  ModuleCensus(Structures structures, Findings findings) {
    this.structures = structures;
    this.findings = findings;
    this.chains = new Chains(structures.space(), 2 * MAX_MODULES);
  }

  /** Those of the list that /proc/modules shows. */
  Set<Long> listed(Field list) throws MalformedGuestException {
    Walk walk = chains.list(structures.symbol("modules"), list, MAX_MODULES);
    findings.malformed("list of modules", walk.fault());
    return new LinkedHashSet<>(walk.entries());
  }

  /** Those with a folder in /sys/module. Code that is built in has folders too, with no module. */
  Set<Long> inSysfs() throws MalformedGuestException {
    Set<Long> found = new LinkedHashSet<>();
    long kset = structures.space().u64(structures.symbol("module_kset"));
    if (kset == 0) {
      return found; // So early that there is none.
    }
    Field list = structures.struct("kset").field("list");
    Field entry = structures.struct("kobject").field("entry");
    Struct folder = structures.struct("module_kobject");
    Field object = folder.field("kobj");
    Field module = folder.field("mod");
    Walk walk = chains.list(list.at(kset), entry, MAX_MODULES);
    findings.malformed("module_kset", walk.fault());
    for (long kobject : walk.entries()) {
      long address = module.pointer(object.containerOf(kobject));
      if (address != 0) {
        found.add(address);
      }
    }
    sysfsComplete = walk.fault().isEmpty();
    return found;
  }

  /** Whether all that is in sysfs could be read. */
  boolean sysfsComplete() {
    return sysfsComplete;
  }

  /**
   * Those whose memory the kernel can tell by an address, for back traces. There are two trees, of
   * which one is whole while the other is changed (include/linux/rbtree_latch.h).
   */
  Set<Long> byAddress() throws MalformedGuestException {
    Set<Long> found = new LinkedHashSet<>();
    if (!structures.has("mod_tree_root")) {
      return found;
    }
    long tree = structures.symbol("mod_tree");
    Struct root = structures.struct("mod_tree_root");
    long whole = root.field("root.seq.seqcount.sequence").get(tree) & 1;
    Field nodes = structures.struct("latch_tree_node").field("node");
    Struct node = structures.struct("mod_tree_node");
    long offset = node.field("node").offset() + nodes.element(0, whole);
    Walk walk =
        new SearchTree(structures)
            .walk(root.field("root.tree").element(tree, whole), offset, 7 * MAX_MODULES);
    findings.malformed("mod_tree", walk.fault());
    for (long at : walk.entries()) {
      long module = node.field("mod").pointer(at);
      if (module == 0) {
        throw new MalformedGuestException(Reason.INVALID, at, "an entry without a module");
      }
      found.add(module);
    }
    return found;
  }
}
