// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.introspection.finding.Finding;
import io.vmattest.introspection.finding.Finding.Kind;
import io.vmattest.introspection.finding.Severity;
import io.vmattest.introspection.image.patch.FunctionTraceSite;
import io.vmattest.introspection.image.patch.JumpLabelSite;
import io.vmattest.introspection.image.patch.PatchSite;
import io.vmattest.introspection.image.testing.KernelPackages;
import io.vmattest.introspection.kernel.Kernel;
import io.vmattest.introspection.kernel.KernelFinder;
import io.vmattest.introspection.kernel.KernelSearch;
import io.vmattest.introspection.memory.CountingMemory;
import io.vmattest.introspection.memory.GuestMemory;
import io.vmattest.introspection.memory.RawFileMemory;
import io.vmattest.introspection.memory.VcpuRegisters;
import io.vmattest.introspection.structure.Findings;
import io.vmattest.introspection.structure.Structures;
import io.vmattest.introspection.testing.DamagedMemory;
import io.vmattest.introspection.testing.QemuGuest;
import io.vmattest.introspection.testing.Tamper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Debian's kernels in real guests: untampered they are clean, tampered what was done is named. */
class CodeViewIT {
  private static final int DAMAGED = 12;
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
            new Tampers(guest, vcpus, reference).all();
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

  private static Kernel kernel(GuestMemory memory, List<VcpuRegisters> vcpus) {
    KernelSearch search = new KernelFinder().find(memory, vcpus);
    return assertInstanceOf(KernelSearch.Found.class, search, search.toString()).kernel();
  }

  /** What is done to a stopped guest's RAM, each undone before the next. */
  private static final class Tampers {
    private static final String PERF_CALL = "__SCT____perf_guest_state";
    private static final byte[] PATCH = HexFormat.of().parseHex("48b8efbeaddeefbeaddeffe0");

    private final QemuGuest guest;
    private final List<VcpuRegisters> vcpus;
    private final KernelReference reference;

    Tampers(QemuGuest guest, List<VcpuRegisters> vcpus, KernelReference reference) {
      this.guest = guest;
      this.vcpus = vcpus;
      this.reference = reference;
    }

    void all() throws Exception {
      systemCall();
      text();
      traceSite();
      jumpLabel();
      interrupt();
      pointer();
      module();
      unknownModule();
      staticCall();
      staticCallIntoWhatIsNotCompared();
      entry();
      damage();
    }

    private void systemCall() throws Exception {
      long table = image("sys_call_table");
      byte[] hook = words(image("commit_creds") + offset());
      List<Finding> found = after(table + 62 * 8, hook);
      assertOnly(
          found, Kind.SYSCALL_HOOKED, "sys_call_table[62]", "__x64_sys_kill", "commit_creds");
      assertOnly(
          alone(table + 62 * 8, hook),
          Kind.SYSCALL_HOOKED,
          "sys_call_table[62]",
          "a system call of the kernel",
          "commit_creds");
    }

    /** Behind the function's first instruction, or over its call of the tracer. */
    private void text() throws Exception {
      List<Finding> found = after(image("__x64_sys_kill") + 5, PATCH);
      Finding patched =
          found.stream().filter(it -> it.kind() == Kind.TEXT_PATCHED).findFirst().orElseThrow();
      assertTrue(patched.subject().startsWith("__x64_sys_kill+0x"), patched.toString());
      assertTrue(HexFormat.of().formatHex(PATCH).endsWith(patched.found()), patched.toString());
      assertEquals(Severity.CRITICAL, patched.severity());
    }

    private void traceSite() throws Exception {
      FunctionTraceSite site = first(FunctionTraceSite.class, "__x64_sys_");
      byte[] call = HexFormat.of().parseHex("e800100010");
      List<Finding> found = after(site.address(), call);
      assertEquals(List.of(Kind.PATCH_SITE_INVALID), kinds(found), found.toString());
      assertEquals("e800100010", found.get(0).found());
    }

    private void jumpLabel() throws Exception {
      JumpLabelSite site =
          reference.text().sites().inText().stream()
              .filter(JumpLabelSite.class::isInstance)
              .map(JumpLabelSite.class::cast)
              .filter(label -> label.length() == 5)
              .skip(100)
              .findFirst()
              .orElseThrow();
      byte[] other = flipped(site);
      List<Finding> found = after(site.address(), other);
      assertEquals(List.of(Kind.PATCH_SITE_INVALID), kinds(found), found.toString());
      assertTrue(found.get(0).expected().contains("the key "), found.toString());
    }

    private byte[] flipped(JumpLabelSite site) throws Exception {
      byte[] now = Tamper.read(guest.ram(), physical(site.address()), 5);
      if (JumpLabelSite.jumps(now)) {
        return HexFormat.of().parseHex("0f1f440000");
      }
      byte[] jump = words((site.target() - site.address() - 5) << 8 | 0xe9);
      return Arrays.copyOf(jump, 5);
    }

    private void interrupt() throws Exception {
      byte[] low = {0x10, 0x32};
      List<Finding> found = after(image("idt_table") + 14 * 16, low);
      assertEquals(List.of(Kind.IDT_HOOKED), kinds(found), found.toString());
      assertEquals("idt[14]", found.get(0).subject());
      assertEquals("asm_exc_page_fault", found.get(0).expected());
      List<Finding> alone = alone(image("idt_table") + 14 * 16, low);
      assertEquals(List.of(Kind.IDT_HOOKED), kinds(alone), alone.toString());
    }

    private void pointer() throws Exception {
      long member = offsetOf("file_operations", "iterate_shared");
      List<Finding> found =
          after(image("proc_root_operations") + member, words(0xffff_ffff_c000_1230L));
      assertOnly(
          found,
          Kind.POINTER_HOOKED,
          "proc_root_operations.iterate_shared",
          "proc_root_readdir",
          "0xffffffffc0001230");
    }

    private void module() throws Exception {
      long text = Optional.ofNullable(modules().get("dummy")).orElseThrow().text() - offset();
      List<Finding> found = after(text + 0x30, PATCH);
      Finding patched =
          found.stream()
              .filter(it -> it.kind() == Kind.MODULE_TEXT_PATCHED)
              .findFirst()
              .orElseThrow();
      assertTrue(patched.subject().endsWith(" [dummy]"), patched.toString());
      assertEquals(Severity.CRITICAL, patched.severity());
    }

    private void unknownModule() throws Exception {
      List<Finding> found = without("dummy");
      assertEquals(List.of(Kind.MODULE_UNKNOWN), kinds(found), found.toString());
      assertEquals("module dummy", found.get(0).subject());
      assertEquals(Severity.WARNING, found.get(0).severity());
    }

    /** The processor's module is called by kvm, and kvm by the kernel. */
    private void staticCall() throws Exception {
      assertTrue(modules().containsKey("kvm_amd"), "kvm_amd is not loaded");
      long address = image(PERF_CALL);
      byte[] jump = Tamper.read(guest.ram(), physical(address), 5);
      jump[1] ^= 1;
      List<Finding> found = after(address, jump);
      assertEquals(List.of(Kind.PATCH_SITE_INVALID), kinds(found), found.toString());
      assertEquals(PERF_CALL, found.get(0).subject());
      assertEquals(Severity.CRITICAL, found.get(0).severity());
    }

    /** Without its file nothing tells a module's functions, or those of modules that use it. */
    private void staticCallIntoWhatIsNotCompared() throws Exception {
      assertInvalid(without("kvm"), PERF_CALL);
      assertInvalid(without("irqbypass"), "module kvm");
    }

    private static void assertInvalid(List<Finding> all, String subject) {
      assertTrue(
          all.stream()
              .filter(it -> it.kind() == Kind.PATCH_SITE_INVALID)
              .filter(it -> it.severity() == Severity.CRITICAL)
              .anyMatch(it -> it.subject().equals(subject)),
          all.toString());
    }

    private List<Finding> without(String module) throws Exception {
      KernelReference other =
          KernelReference.of(
              reference.image(),
              name -> name.equals(module) ? Optional.empty() : reference.modules().find(name));
      try (RawFileMemory memory = RawFileMemory.flat(guest.ram())) {
        return CodeView.read(CodeViewIT.kernel(memory, vcpus), Optional.of(other)).findings();
      }
    }

    /** Where a system call enters is no part of memory. */
    private void entry() throws Exception {
      long entry = image("entry_SYSCALL_64") + offset();
      try (RawFileMemory memory = RawFileMemory.flat(guest.ram())) {
        Kernel genuine = CodeViewIT.kernel(memory, entering(entry));
        assertEquals(List.of(), CodeView.read(genuine, Optional.of(reference)).findings());
        Kernel moved = CodeViewIT.kernel(memory, entering(entry + 0x1000));
        List<Finding> found = CodeView.read(moved, Optional.of(reference)).findings();
        assertEquals(List.of(Kind.SYSCALL_ENTRY_MOVED, Kind.SYSCALL_ENTRY_MOVED), kinds(found));
      }
    }

    private List<VcpuRegisters> entering(long lstar) {
      return vcpus.stream()
          .map(
              it ->
                  new VcpuRegisters(
                      it.cr0(),
                      it.cr3(),
                      it.cr4(),
                      it.idtBase(),
                      it.gsBase(),
                      it.kernelGsBase(),
                      OptionalLong.of(lstar)))
          .toList();
    }

    /** Whatever the structures say, it ends in findings: none throws, none takes long. */
    private void damage() throws Exception {
      try (RawFileMemory memory = RawFileMemory.flat(guest.ram())) {
        Kernel kernel = CodeViewIT.kernel(memory, vcpus);
        List<Long> targets = new ArrayList<>();
        for (LoadedModule module : modules().values()) {
          long at = kernel.types().offset("module", "sect_attrs") + module.address();
          long attributes = kernel.addressSpace().u64(at);
          targets.add(kernel.addressSpace().translate(module.address()).orElseThrow());
          targets.add(kernel.addressSpace().translate(attributes).orElseThrow());
        }
        for (String symbol : List.of("ftrace_ops_list", "direct_functions", "kprobe_table")) {
          long at = kernel.symbols().address(symbol).orElseThrow();
          targets.add(kernel.addressSpace().translate(at).orElseThrow());
        }
        long patched = kernel.symbols().address("vfs_open").orElseThrow();
        long text = kernel.addressSpace().translate(patched).orElseThrow() & -8;
        for (int seed = 0; seed < DAMAGED; seed++) {
          Random random = new Random(seed);
          Map<Long, Long> words = new HashMap<>();
          words.put(text, 0xe9e8_cccc_cccc_ccccL);
          for (int i = 0; i < 8; i++) {
            long target = targets.get(random.nextInt(targets.size())) & -8;
            words.put(target + random.nextInt(64) * 8L, random.nextLong() >> random.nextInt(64));
          }
          Kernel damaged = CodeViewIT.kernel(new DamagedMemory(memory, words), vcpus);
          assertTimeout(
              Duration.ofSeconds(20),
              () -> CodeView.read(damaged, Optional.of(reference)),
              "seed " + seed);
        }
      }
    }

    private Map<String, LoadedModule> modules() throws Exception {
      try (RawFileMemory memory = RawFileMemory.flat(guest.ram())) {
        Kernel kernel = CodeViewIT.kernel(memory, vcpus);
        Structures structures = Structures.of(kernel);
        LiveKernel live =
            new LiveKernel(
                kernel,
                structures,
                Names.of(kernel.symbols()),
                0,
                new Findings(structures.space()),
                Optional.empty());
        return new ModuleReader(live)
            .all().stream().collect(Collectors.toMap(LoadedModule::name, it -> it));
      }
    }

    private static void assertOnly(
        List<Finding> all, Kind kind, String subject, String expected, String found) {
      assertEquals(1, all.size(), all.toString());
      Finding only = all.get(0);
      assertEquals(
          List.of(kind, Severity.CRITICAL, subject, expected, found),
          List.of(only.kind(), only.severity(), only.subject(), only.expected(), only.found()));
      assertTrue(only.page().isPresent());
    }

    private static List<Kind> kinds(List<Finding> findings) {
      return findings.stream().map(Finding::kind).collect(Collectors.toList());
    }

    private <T extends PatchSite> T first(Class<T> kind, String prefix) {
      return reference.text().sites().inText().stream()
          .filter(kind::isInstance)
          .map(kind::cast)
          .filter(
              site ->
                  reference.image().symbols().at(site.address()).orElse("").startsWith(prefix)
                      || reference
                          .image()
                          .symbols()
                          .at(site.address() - 4)
                          .orElse("")
                          .startsWith(prefix))
          .findFirst()
          .orElseThrow();
    }

    private List<Finding> after(long address, byte[] bytes) throws Exception {
      return view(address, bytes, Optional.of(reference));
    }

    private List<Finding> alone(long address, byte[] bytes) throws Exception {
      return view(address, bytes, NO_REFERENCE);
    }

    private List<Finding> view(long address, byte[] bytes, Optional<KernelReference> expected)
        throws Exception {
      try (Tamper ignored = new Tamper(guest.ram(), physical(address), bytes);
          RawFileMemory memory = RawFileMemory.flat(guest.ram())) {
        return CodeView.read(CodeViewIT.kernel(memory, vcpus), expected).findings();
      }
    }

    private long offsetOf(String struct, String member) throws Exception {
      try (RawFileMemory memory = RawFileMemory.flat(guest.ram())) {
        return CodeViewIT.kernel(memory, vcpus).types().offset(struct, member);
      }
    }

    private long image(String symbol) throws Exception {
      return reference.image().symbols().required(symbol);
    }

    private long offset() throws Exception {
      try (RawFileMemory memory = RawFileMemory.flat(guest.ram())) {
        return CodeViewIT.kernel(memory, vcpus).info().kernelOffset();
      }
    }

    private long physical(long linked) throws Exception {
      try (RawFileMemory memory = RawFileMemory.flat(guest.ram())) {
        Kernel kernel = CodeViewIT.kernel(memory, vcpus);
        return kernel.addressSpace().translate(linked + kernel.info().kernelOffset()).orElseThrow();
      }
    }

    private static byte[] words(long value) {
      return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
    }
  }
}
