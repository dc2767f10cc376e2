// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
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
import io.vmattest.introspection.testing.QemuGuest;
import io.vmattest.introspection.testing.Tamper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Debian's kernels in real guests: untampered they are clean, tampered what was done is named. */
class CodeViewIT {
  private static final Optional<KernelReference> NO_REFERENCE = Optional.empty();

  /** Paging, page-table isolation and vCPUs, in pairs. */
  private static final List<Boot> BOOTS =
      List.of(
          new Boot("qemu64", "mitigations=off"),
          new Boot("max,la57=on", "pti=on nr_cpus=1"),
          new Boot("max,la57=off", "pti=on"));

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
    long began = System.nanoTime();
    KernelReference reference =
        KernelReference.ofBzImage(KernelPackages.kernel(deb).content(), ModuleFiles.NONE);
    System.out.printf(
        "%s: reference in %.0f ms%n", reference.release(), (System.nanoTime() - began) / 1e6);
    Path vmlinuz = KernelPackages.vmlinuz(deb, folder);
    List<List<CodeComponent>> components = new ArrayList<>();
    for (Boot boot : BOOTS) {
      Path own = Files.createTempDirectory(folder, "guest");
      try (QemuGuest guest = QemuGuest.start(own, vmlinuz, boot.cpu(), boot.words())) {
        List<VcpuRegisters> vcpus = guest.stop();
        CodeView view = clean(guest, vcpus, reference);
        components.add(view.components());
        if (boot.equals(BOOTS.get(0))) {
          new Tampers(guest, vcpus, reference).all();
        }
      }
    }
    for (List<CodeComponent> each : components) {
      assertEquals(components.get(0), each);
    }
  }

  private static CodeView clean(
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
      assertEquals(List.of(), view.findings());
      assertEquals(view, again);
      assertEquals(Optional.of(reference.release()), view.reference());
      assertEquals(reference.textDigest(), digest(view, CodeComponent.Part.TEXT));
      assertEquals(reference.rodataDigest(), digest(view, CodeComponent.Part.RODATA));
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
      byte[] jump = words(site.target() - site.address() - 5 << 8 | 0xe9);
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
      try (Tamper tamper = new Tamper(guest.ram(), physical(address), bytes);
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
