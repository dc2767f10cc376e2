// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.elf.ElfSection;
import io.vmattest.introspection.image.elf.ElfSymbol;
import io.vmattest.introspection.image.module.ModuleFile;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.structure.Findings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongPredicate;
import java.util.stream.Collectors;

/**
 * The functions of the modules that are loaded, which static calls may lead to: where their files'
 * symbols are by the guest's word. That word is worth what the comparison of the module's code is,
 * so that a module that was {@link #called()} has to be compared.
 */
final class ModuleFunctions implements LongPredicate {
  private final LiveKernel live;
  private final KernelReference reference;
  private final Set<String> called = new HashSet<>();
  private Optional<Map<Long, String>> functions = Optional.empty();

  ModuleFunctions(LiveKernel live, KernelReference reference) {
    this.live = live;
    this.reference = reference;
  }

  /** Whether a function of a module begins at a link-time address; notes the module if so. */
  @Override
  public boolean test(long address) {
    if (functions.isEmpty()) {
      functions = Optional.of(read());
    }
    Optional<String> module = Optional.ofNullable(functions.get().get(address + live.offset()));
    module.ifPresent(called::add);
    return module.isPresent();
  }

  /** The names of the modules of which functions were asked for. */
  Set<String> called() {
    return called;
  }

  private Map<Long, String> read() {
    Map<Long, String> all = new HashMap<>();
    for (LoadedModule module : modules()) {
      file(module).ifPresent(file -> add(module, file, all));
    }
    return all;
  }

  /** Those of whose name there is one; what cannot be read, the check of modules reports. */
  private List<LoadedModule> modules() {
    LiveKernel silent =
        new LiveKernel(
            live.kernel(),
            live.structures(),
            live.names(),
            live.offset(),
            new Findings(live.space()),
            Optional.empty());
    try {
      List<LoadedModule> all = new ModuleReader(silent).all();
      Map<String, Long> count =
          all.stream().collect(Collectors.groupingBy(LoadedModule::name, Collectors.counting()));
      return all.stream()
          .filter(module -> module.isLive() && count.getOrDefault(module.name(), 0L) == 1)
          .toList();
    } catch (MalformedGuestException e) {
      return List.of();
    }
  }

  private Optional<ModuleFile> file(LoadedModule module) {
    try {
      return reference.modules().find(module.name());
    } catch (MalformedImageException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void add(LoadedModule module, ModuleFile file, Map<Long, String> all) {
    for (ElfSymbol symbol : file.symbols()) {
      int number = symbol.section();
      if (symbol.isFunction() && number > 0 && number < file.sections().size()) {
        ElfSection section = file.sections().get(number);
        Long start = section.isText() ? module.sections().get(section.name()) : null;
        if (start != null && isCompared(module, start + symbol.value())) {
          all.put(start + symbol.value(), module.name());
        }
      }
    }
  }

  private static boolean isCompared(LoadedModule module, long address) {
    return Long.compareUnsigned(address - module.text(), module.textSize()) < 0;
  }
}
