// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import io.vmattest.introspection.finding.Finding.Kind;
import io.vmattest.introspection.finding.Severity;
import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.elf.ElfSection;
import io.vmattest.introspection.image.elf.ElfSymbol;
import io.vmattest.introspection.image.module.ModuleFile;
import io.vmattest.introspection.image.module.ModuleImage;
import io.vmattest.introspection.image.module.ModulePlace;
import io.vmattest.introspection.image.text.CanonicalText;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.MalformedGuestException.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/** Compares the code of modules with what their files make of it. */
final class ModuleCheck {
  private static final int GLOBAL = 1;

  /** Between sections, and to the end of a page. */
  private static final int MAX_PADDING = 1 << 16;

  private final LiveKernel live;
  private final KernelReference reference;
  private final Tracing tracing;
  private final ModuleFunctions functions;

  /** The files of those that are loaded. */
  private final Map<String, ModuleFile> files = new HashMap<>();

  private final Map<String, Long> exports = new HashMap<>();

  ModuleCheck(
      LiveKernel live, KernelReference reference, Tracing tracing, ModuleFunctions functions) {
    this.live = live;
    this.reference = reference;
    this.tracing = tracing;
    this.functions = functions;
  }

  CodeComponent run() throws MalformedGuestException {
    List<LoadedModule> modules = new ModuleReader(live).all();
    Set<String> names = new HashSet<>();
    for (LoadedModule module : modules) {
      if (names.add(module.name())) {
        file(module).ifPresent(file -> know(module, file));
      } else {
        report(Kind.STRUCTURE_MALFORMED, Severity.WARNING, module, "one module", "several");
      }
    }
    exports.putAll(reference.exports());
    Map<String, String> digests = new TreeMap<>();
    for (LoadedModule module : modules) {
      ModuleFile file = files.get(module.name());
      if (file != null && module.isLive() && names.remove(module.name())) {
        compare(module, file, modules).ifPresent(digest -> digests.put(module.name(), digest));
      }
    }
    called(modules, digests.keySet());
    Digests all = new Digests();
    digests.forEach((name, digest) -> all.add(name).add(digest));
    return new CodeComponent(CodeComponent.Part.MODULES, all.hex(), digests.size(), true);
  }

  /** Static calls were allowed to lead into modules for the sake of code that is compared. */
  private void called(List<LoadedModule> modules, Set<String> compared) {
    for (LoadedModule module : modules) {
      if (functions.called().contains(module.name()) && !compared.contains(module.name())) {
        report(
            Kind.PATCH_SITE_INVALID,
            Severity.CRITICAL,
            module,
            "code that is its file's, for static calls lead into it",
            "code that cannot be compared");
      }
    }
  }

  private Optional<ModuleFile> file(LoadedModule module) {
    try {
      Optional<ModuleFile> file = reference.modules().find(module.name());
      if (file.isEmpty()) {
        report(
            Kind.MODULE_UNKNOWN,
            Severity.WARNING,
            module,
            "a module of the package of " + reference.release(),
            "none of that name");
      }
      return file;
    } catch (MalformedImageException e) {
      report(
          Kind.MODULE_UNKNOWN,
          Severity.WARNING,
          module,
          "a module that can be read",
          String.valueOf(e.getMessage()));
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Notes its file, and what it may export. */
  private void know(LoadedModule module, ModuleFile file) {
    files.put(module.name(), file);
    for (ElfSymbol symbol : file.symbols()) {
      int number = symbol.section();
      if (symbol.info() >>> 4 == GLOBAL && number > 0 && number < file.sections().size()) {
        ElfSection section = file.sections().get(number);
        Long address = module.sections().get(section.name());
        if (address != null) {
          exports.put(symbol.name(), linked(address) + symbol.value());
        }
      }
    }
  }

  private Optional<String> compare(
      LoadedModule module, ModuleFile file, List<LoadedModule> modules) {
    try {
      if (module.textSize() > file.codeSize() + MAX_PADDING) {
        throw new MalformedGuestException(
            Reason.TOO_LARGE, module.address(), module.textSize() + " bytes of code");
      }
      byte[] code = live.bytes(module.text(), module.textSize(), (int) module.textSize());
      var known = reference.prepared().get(live.offset(), modules, module.name(), code);
      PreparedModules.Prepared prepared =
          known.isPresent() ? known.get() : prepare(module, file, code);
      String digest = new ModuleText(live, tracing, module, prepared).compare(code, functions);
      reference.prepared().put(live.offset(), modules, module.name(), prepared);
      return Optional.of(digest);
    } catch (MalformedImageException e) {
      // The file was made with its kernel, so that it is the guest's word on places that is wrong.
      report(
          Kind.STRUCTURE_MALFORMED,
          Severity.WARNING,
          module,
          "a module as its file makes it",
          String.valueOf(e.getMessage()));
    } catch (MalformedGuestException e) {
      live.findings().malformed("module " + module.name(), e);
    }
    return Optional.empty();
  }

  private PreparedModules.Prepared prepare(LoadedModule module, ModuleFile file, byte[] code)
      throws MalformedImageException {
    Map<String, Long> sections = new HashMap<>();
    module.sections().forEach((name, address) -> sections.put(name, linked(address)));
    ModulePlace place =
        new ModulePlace(
            linked(module.text()),
            (int) module.textSize(),
            sections,
            this::exported,
            live.offset());
    ModuleImage image = ModuleImage.of(file, place, reference.image(), code);
    return new PreparedModules.Prepared(image, CanonicalText.of(image), code);
  }

  private OptionalLong exported(String name) {
    Long address = exports.get(name);
    return address == null ? OptionalLong.empty() : OptionalLong.of(address);
  }

  /** As if the kernel lay where it was linked; per-CPU addresses do not move. */
  private long linked(long address) {
    return address < 0 ? address - live.offset() : address;
  }

  private void report(
      Kind kind, Severity severity, LoadedModule module, String expected, String found) {
    live.findings()
        .add(kind, severity, "module " + module.name(), expected, found, module.address());
  }
}
