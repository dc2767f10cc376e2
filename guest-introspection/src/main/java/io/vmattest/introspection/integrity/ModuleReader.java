// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import io.vmattest.introspection.memory.AddressSpace;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.MalformedGuestException.Reason;
import io.vmattest.introspection.structure.Chains;
import io.vmattest.introspection.structure.Field;
import io.vmattest.introspection.structure.Struct;
import io.vmattest.introspection.structure.Structures;
import io.vmattest.introspection.structure.Walk;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the list of modules. */
final class ModuleReader {
  private static final int MAX_MODULES = 4096;

  /** Of all modules; 200 modules have 10,000. */
  private static final int MAX_SECTIONS = 100_000;

  private static final int MAX_NAME = 256;
  private static final int MAX_TEXT = 64 << 20;
  private static final String PER_CPU = ".data..percpu";

  private final LiveKernel live;
  private final AddressSpace space;
  private final Struct module;
  private int sectionsLeft = MAX_SECTIONS;

  ModuleReader(LiveKernel live) throws MalformedGuestException {
    this.live = live;
    this.space = live.space();
    this.module = live.structures().struct("module");
  }

  /** Those that can be read; what cannot is a finding. */
  List<LoadedModule> all() throws MalformedGuestException {
    Walk walk =
        new Chains(space, MAX_MODULES)
            .list(live.structures().symbol("modules"), module.field("list"), MAX_MODULES);
    live.findings().malformed("modules", walk.fault());
    List<LoadedModule> all = new ArrayList<>();
    for (long at : walk.entries()) {
      try {
        all.add(read(at));
      } catch (MalformedGuestException e) {
        live.findings().malformed("module at 0x%x".formatted(at), e);
      }
    }
    return all;
  }

  private LoadedModule read(long at) throws MalformedGuestException {
    String name = module.field("name").text(at);
    boolean isLive = module.field("state").get(at) == 0;
    long text;
    long size;
    Optional<Field> areas = module.optional("mem");
    if (areas.isPresent()) {
      // Of kernels from 6.4 on; the first area is that of code.
      Struct area = live.structures().struct("module_memory");
      long code = areas.get().element(at, 0);
      text = area.field("base").pointer(code);
      size = area.field("size").get(code);
    } else {
      text = module.field("core_layout.base").pointer(at);
      size = module.field("core_layout.text_size").get(at);
    }
    if (size < 0 || size > MAX_TEXT) {
      throw new MalformedGuestException(Reason.TOO_LARGE, at, size + " bytes of a module's code");
    }
    return new LoadedModule(name, at, isLive, text, size, sections(at, isLive));
  }

  private Map<String, Long> sections(long at, boolean isLive) throws MalformedGuestException {
    Structures structures = live.structures();
    Struct table = structures.struct("module_sect_attrs");
    Struct entry = structures.struct("module_sect_attr");
    long attributes = module.field("sect_attrs").pointer(at);
    if (attributes == 0 && !isLive) {
      // They come to sysfs while the module is COMING, and leave while it is GOING.
      return Map.of();
    }
    if (attributes == 0) {
      throw new MalformedGuestException(Reason.MISSING, at, "a module without sections");
    }
    long count = table.field("nsections").get(attributes);
    if (count > sectionsLeft) {
      throw new MalformedGuestException(Reason.TOO_LARGE, attributes, count + " sections");
    }
    sectionsLeft -= (int) count;
    Field name = entry.field("battr.attr.name");
    Field address = entry.field("address");
    long first = table.field("attrs").at(attributes);
    Map<String, Long> sections = new HashMap<>();
    for (long i = 0; i < count; i++) {
      long section = first + i * entry.size();
      sections.put(space.cString(name.pointer(section), MAX_NAME), address.get(section));
    }
    Optional<Field> perCpu = module.optional("percpu");
    if (perCpu.isPresent()) {
      sections.put(PER_CPU, perCpu.get().get(at));
    }
    return sections;
  }
}
