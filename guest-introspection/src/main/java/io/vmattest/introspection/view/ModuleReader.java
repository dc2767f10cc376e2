// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.structure.Field;
import io.vmattest.introspection.structure.Struct;
import io.vmattest.introspection.structure.Structures;
import io.vmattest.introspection.view.ModuleRange.Kind;
import java.util.ArrayList;
import java.util.List;

/** Reads what one struct module says. */
final class ModuleReader {
  final Field state;
  final Field list;
  private final Field name;
  private final Layout layout;

  ModuleReader(Structures structures) throws MalformedGuestException {
    Struct module = structures.struct("module");
    this.state = module.field("state");
    this.list = module.field("list");
    this.name = module.field("name");
    this.layout = module.has("mem") ? new Pieces(structures) : new Layouts(structures);
  }

  LoadedModule read(long module, boolean listed) throws MalformedGuestException {
    List<ModuleRange> ranges = layout.ranges(module);
    long size = 0;
    for (ModuleRange range : ranges) {
      size += range.size();
    }
    return new LoadedModule(
        name.text(module), ModuleState.of(state.get(module)), ranges, size, listed, module);
  }

  /** For findings, as well as it can be read. */
  String name(long module) {
    try {
      return "module " + name.text(module);
    } catch (MalformedGuestException e) {
      return "struct module at 0x%x".formatted(module);
    }
  }

  private interface Layout {
    List<ModuleRange> ranges(long module) throws MalformedGuestException;
  }

  private static void add(List<ModuleRange> ranges, Kind kind, long start, long size) {
    if (size > 0) {
      ranges.add(new ModuleRange(kind, start, size));
    }
  }

  /** Since 6.4: a piece for each kind. */
  private static final class Pieces implements Layout {
    private final Field pieces;
    private final Field base;
    private final Field size;

    Pieces(Structures structures) throws MalformedGuestException {
      this.pieces = structures.struct("module").field("mem");
      this.base = structures.struct("module_memory").field("base");
      this.size = structures.struct("module_memory").field("size");
    }

    @Override
    public List<ModuleRange> ranges(long module) throws MalformedGuestException {
      List<ModuleRange> ranges = new ArrayList<>();
      for (Kind kind : Kind.values()) {
        if (kind.ordinal() < pieces.elements()) {
          long piece = pieces.element(module, kind.ordinal());
          add(ranges, kind, base.get(piece), size.get(piece));
        }
      }
      return ranges;
    }
  }

  /** Up to 6.3: two pieces, each in this order: text, read-only data, data. */
  private static final class Layouts implements Layout {
    private final Field core;
    private final Field init;
    private final Field base;
    private final Field size;
    private final Field textSize;
    private final Field readOnlySize;
    private final Field afterInitSize;

    Layouts(Structures structures) throws MalformedGuestException {
      this.core = structures.struct("module").field("core_layout");
      this.init = structures.struct("module").field("init_layout");
      Struct layout = structures.struct("module_layout");
      this.base = layout.field("base");
      this.size = layout.field("size");
      this.textSize = layout.field("text_size");
      this.readOnlySize = layout.field("ro_size");
      this.afterInitSize = layout.field("ro_after_init_size");
    }

    @Override
    public List<ModuleRange> ranges(long module) throws MalformedGuestException {
      List<ModuleRange> ranges = new ArrayList<>();
      long at = core.at(module);
      long start = base.get(at);
      long text = textSize.get(at);
      long readOnly = Math.max(text, readOnlySize.get(at));
      long afterInit = Math.max(readOnly, afterInitSize.get(at));
      add(ranges, Kind.TEXT, start, text);
      add(ranges, Kind.DATA, start + afterInit, size.get(at) - afterInit);
      add(ranges, Kind.RODATA, start + text, readOnly - text);
      add(ranges, Kind.RO_AFTER_INIT, start + readOnly, afterInit - readOnly);
      initRanges(ranges, init.at(module));
      return ranges;
    }

    /** Nothing, once the module has begun. */
    private void initRanges(List<ModuleRange> ranges, long at) throws MalformedGuestException {
      long start = base.get(at);
      long text = textSize.get(at);
      long readOnly = Math.max(text, readOnlySize.get(at));
      add(ranges, Kind.INIT_TEXT, start, text);
      add(ranges, Kind.INIT_DATA, start + readOnly, size.get(at) - readOnly);
      add(ranges, Kind.INIT_RODATA, start + text, readOnly - text);
    }
  }
}
