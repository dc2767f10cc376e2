// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.introspection.finding.Finding;
import io.vmattest.introspection.finding.Finding.Kind;
import io.vmattest.introspection.finding.Severity;
import io.vmattest.introspection.image.patch.FunctionTraceSite;
import io.vmattest.introspection.image.patch.JumpLabelSite;
import io.vmattest.introspection.image.patch.PatchSite;
import io.vmattest.introspection.kernel.Kernel;
import io.vmattest.introspection.memory.AddressSpace;
import io.vmattest.introspection.memory.RawFileMemory;
import io.vmattest.introspection.memory.VcpuRegisters;
import io.vmattest.introspection.structure.Findings;
import io.vmattest.introspection.structure.Structures;
import io.vmattest.introspection.testing.DamagedMemory;
import io.vmattest.introspection.testing.QemuGuest;
import io.vmattest.introspection.testing.Tamper;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
import java.util.stream.Collectors;

/** What is done to a stopped guest's RAM, each undone before the next. */
final class CodeTampers {
  private static final String PERF_CALL = "__SCT____perf_guest_state";
  private static final byte[] PATCH = HexFormat.of().parseHex("48b8efbeaddeefbeaddeffe0");

  private static final int DAMAGED = 12;

  private final QemuGuest guest;
  private final List<VcpuRegisters> vcpus;
  private final KernelReference reference;

  CodeTampers(QemuGuest guest, List<VcpuRegisters> vcpus, KernelReference reference) {
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
    moduleBeingLoaded();
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
    assertOnly(found, Kind.SYSCALL_HOOKED, "sys_call_table[62]", "__x64_sys_kill", "commit_creds");
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

  /** It is in the list before its sections are in sysfs, and when they no longer are. */
  private void moduleBeingLoaded() throws Exception {
    long module = Optional.ofNullable(modules().get("dummy")).orElseThrow().address();
    try (RawFileMemory memory = RawFileMemory.flat(guest.ram())) {
      AddressSpace space = CodeViewIT.kernel(memory, vcpus).addressSpace();
      long attributes = space.translate(module + offsetOf("module", "sect_attrs")).orElseThrow();
      long state = space.translate(module + offsetOf("module", "state")).orElseThrow();
      Map<Long, Long> live = Map.of(attributes, 0L);
      // The word behind an enumeration of four bytes is padding.
      Map<Long, Long> coming = Map.of(attributes, 0L, state, 1L);
      assertEquals(List.of(Kind.STRUCTURE_MALFORMED), kinds(damaged(memory, live)));
      assertEquals(List.of(), kinds(damaged(memory, coming)));
    }
  }

  private List<Finding> damaged(RawFileMemory memory, Map<Long, Long> words) throws Exception {
    Kernel kernel = CodeViewIT.kernel(new DamagedMemory(memory, words), vcpus);
    return CodeView.read(kernel, Optional.of(reference)).findings();
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
    return view(address, bytes, Optional.empty());
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
