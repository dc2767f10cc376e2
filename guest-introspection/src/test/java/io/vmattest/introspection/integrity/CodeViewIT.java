// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.introspection.finding.Finding;
import io.vmattest.introspection.finding.Finding.Kind;
import io.vmattest.introspection.finding.Severity;
import io.vmattest.introspection.image.patch.FunctionTraceSite;
import io.vmattest.introspection.image.patch.PatchSite;
import io.vmattest.introspection.image.testing.KernelPackages;
import io.vmattest.introspection.kernel.Kernel;
import io.vmattest.introspection.kernel.KernelFinder;
import io.vmattest.introspection.kernel.KernelSearch;
import io.vmattest.introspection.memory.CountingMemory;
import io.vmattest.introspection.memory.GuestMemory;
import io.vmattest.introspection.memory.RawFileMemory;
import io.vmattest.introspection.memory.VcpuRegisters;
import io.vmattest.introspection.testing.QemuGuest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Debian's kernels in real guests: untampered they are clean, tampered what was done is named. */
class CodeViewIT {
  private static final String TRACED = "ftrace=function ftrace_filter=vfs_read,vfs_write";
  private static final Optional<KernelReference> NO_REFERENCE = Optional.empty();

  /** Paging, page-table isolation and vCPUs, in pairs. */
  private static final List<Boot> BOOTS =
      List.of(
          new Boot("qemu64", "mitigations=off"),
          new Boot("max,la57=on", "pti=on nr_cpus=1"),
          new Boot("max,la57=off", "pti=on " + TRACED));

  /** Those that need no device, some of them with thousands of patch sites. */
  private static final List<String> MODULES =
      List.of(
          "dm_mod",
          "dummy",
          "tun",
          "nf_defrag_ipv4",
          "nf_defrag_ipv6",
          "libcrc32c",
          "nf_conntrack",
          "irqbypass",
          "kvm",
          "ccp",
          "kvm_amd");

  @TempDir Path folder;

  private record Boot(String cpu, String words) {}

  @BeforeAll
  static void needsAGuest() throws IOException, InterruptedException {
    QemuGuest.require();
  }

  static List<Path> packages() throws IOException, InterruptedException {
    return KernelPackages.all();
  }

  @ParameterizedTest
  @MethodSource("packages")
  void aGuestIsCleanUntilItIsTamperedWith(Path deb) throws Exception {
    Path vmlinuz = KernelPackages.vmlinuz(deb, folder);
    List<List<CodeComponent>> components = new ArrayList<>();
    try (KernelStore store = store(deb)) {
      KernelReference reference = reference(store);
      for (Boot boot : BOOTS) {
        try (QemuGuest guest = start(vmlinuz, boot, store)) {
          List<VcpuRegisters> vcpus = guest.stop();
          CodeView view = looked(guest, vcpus, reference);
          components.add(view.components());
          if (boot.words().contains(TRACED)) {
            assertOnlyTraced(view, "vfs_read", "vfs_write");
          } else {
            assertEquals(List.of(), view.findings());
          }
          if (boot.equals(BOOTS.get(0))) {
            new CodeTampers(guest, vcpus, reference).all();
          }
        }
      }
    }
    for (List<CodeComponent> each : components) {
      assertEquals(components.get(0), each);
    }
  }

  /** A probe is a breakpoint in the text; it stands behind the call of the tracer. */
  @Test
  void aProbeThatTheKernelKnowsIsNoPatch() throws Exception {
    List<Path> all = KernelPackages.all();
    Path deb = all.get(all.size() - 1);
    Path vmlinuz = KernelPackages.vmlinuz(deb, folder);
    KernelReference reference =
        KernelReference.ofBzImage(KernelPackages.kernel(deb).content(), ModuleFiles.NONE);
    long call =
        reference.text().sites().inText().stream()
            .filter(FunctionTraceSite.class::isInstance)
            .mapToLong(PatchSite::address)
            .filter(
                at ->
                    Names.of(reference.image().symbols(), 0)
                        .describe(at)
                        .matches("vfs_open(\\+0x4)?"))
            .findFirst()
            .orElseThrow();
    long offset = call + 5 - reference.image().symbols().required("vfs_open");
    String words = "kprobe_event=p,vfs_open+" + offset;
    try (QemuGuest guest = QemuGuest.start(folder, vmlinuz, "qemu64", words)) {
      List<VcpuRegisters> vcpus = guest.stop();
      try (RawFileMemory memory = RawFileMemory.flat(guest.ram())) {
        CodeView view = CodeView.read(kernel(memory, vcpus), Optional.of(reference));
        assertEquals(
            List.of(Kind.PROBE_SET),
            view.findings().stream().map(Finding::kind).toList(),
            view.findings().toString());
        assertEquals("vfs_open+0x%x".formatted(offset), view.findings().get(0).subject());
        assertEquals(Severity.INFO, view.findings().get(0).severity());
      }
    }
  }

  private KernelStore store(Path deb) throws Exception {
    Path file = folder.resolve("store");
    long began = System.nanoTime();
    try (InputStream stream = Files.newInputStream(deb)) {
      KernelStore.write(stream, file);
    }
    System.out.printf(
        "%s: stored in %.0f ms, %d MiB%n",
        deb.getFileName(), (System.nanoTime() - began) / 1e6, Files.size(file) >> 20);
    return KernelStore.open(file);
  }

  private static KernelReference reference(KernelStore store) throws Exception {
    long began = System.nanoTime();
    KernelReference reference = store.reference();
    System.out.printf(
        "%s: reference in %.0f ms%n", reference.release(), (System.nanoTime() - began) / 1e6);
    return reference;
  }

  private QemuGuest start(Path vmlinuz, Boot boot, KernelStore store) throws Exception {
    List<byte[]> modules = new ArrayList<>();
    for (String name : MODULES) {
      store.moduleContent(name).ifPresent(content -> modules.add(content.copy()));
    }
    assertTrue(modules.size() >= 6, modules.size() + " modules");
    Path own = Files.createTempDirectory(folder, "guest");
    return QemuGuest.start(own, vmlinuz, boot.cpu(), boot.words(), modules);
  }

  private static void assertOnlyTraced(CodeView view, String... functions) {
    for (Finding finding : view.findings()) {
      assertEquals(
          List.of(Kind.FUNCTION_TRACED, Severity.INFO),
          List.of(finding.kind(), finding.severity()),
          finding.toString());
    }
    assertEquals(
        Set.of(functions),
        view.findings().stream()
            .map(finding -> finding.subject().replaceFirst("\\+.*", ""))
            .collect(Collectors.toSet()));
  }

  private static CodeView looked(
      QemuGuest guest, List<VcpuRegisters> vcpus, KernelReference reference) throws Exception {
    try (RawFileMemory memory = RawFileMemory.flat(guest.ram())) {
      CountingMemory counting = new CountingMemory(memory);
      Kernel kernel = kernel(counting, vcpus);
      counting.reset();
      long began = System.nanoTime();
      CodeView view = CodeView.read(kernel, Optional.of(reference));
      long cold = System.nanoTime() - began;
      began = System.nanoTime();
      CodeView again = CodeView.read(kernel, Optional.of(reference));
      System.out.printf(
          "%s: cold %.0f ms, again %.0f ms, %d pages%n",
          reference.release(), cold / 1e6, (System.nanoTime() - began) / 1e6, counting.pages());
      assertEquals(view, again);
      assertEquals(Optional.of(reference.release()), view.reference());
      assertEquals(reference.textDigest(), digest(view, CodeComponent.Part.TEXT));
      assertEquals(reference.rodataDigest(), digest(view, CodeComponent.Part.RODATA));
      assertTrue(view.component(CodeComponent.Part.MODULES).orElseThrow().size() >= 6);
      CodeView alone = CodeView.read(kernel, NO_REFERENCE);
      assertEquals(List.of(), alone.findings());
      assertEquals(
          digest(view, CodeComponent.Part.INTERRUPTS),
          digest(alone, CodeComponent.Part.INTERRUPTS));
      return view;
    }
  }

  private static String digest(CodeView view, CodeComponent.Part part) {
    return view.component(part).orElseThrow().digest();
  }

  static Kernel kernel(GuestMemory memory, List<VcpuRegisters> vcpus) {
    KernelSearch search = new KernelFinder().find(memory, vcpus);
    return assertInstanceOf(KernelSearch.Found.class, search, search.toString()).kernel();
  }
}
