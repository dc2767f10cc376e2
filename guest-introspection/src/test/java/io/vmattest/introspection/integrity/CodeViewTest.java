// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.introspection.finding.Finding.Kind;
import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.testing.TestKernel;
import io.vmattest.introspection.kernel.Kernel;
import io.vmattest.introspection.kernel.KernelFinder;
import io.vmattest.introspection.kernel.KernelSearch;
import io.vmattest.introspection.testing.SyntheticKernel;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CodeViewTest {
  @TempDir Path folder;

  private static Kernel kernel() {
    SyntheticKernel guest = new SyntheticKernel(4);
    KernelSearch search = new KernelFinder().find(guest.memory(), List.of(guest.vcpu()));
    return assertInstanceOf(KernelSearch.Found.class, search, search.toString()).kernel();
  }

  /** The synthetic kernel is found, and has nothing of what is checked but an empty idt_table. */
  @Test
  void aKernelWithoutWhatEveryKernelHasGivesFindings() {
    CodeView view = CodeView.read(kernel(), Optional.empty());
    assertEquals(Optional.empty(), view.reference());
    assertTrue(view.component(CodeComponent.Part.TEXT).isEmpty());
    assertFalse(view.findings().isEmpty());
    assertTrue(
        view.findings().stream()
            .allMatch(it -> it.kind() == Kind.STRUCTURE_MALFORMED || it.kind() == Kind.IDT_HOOKED),
        view.findings().toString());
  }

  @Test
  void whatIsNoPackageMakesNoStore() {
    assertThrows(
        MalformedImageException.class,
        () -> KernelStore.write(new ByteArrayInputStream(new byte[100]), folder.resolve("it")));
  }

  @Test
  void anImageThatLacksWhatKernelsHaveMakesNoReference() {
    assertThrows(
        MalformedImageException.class,
        () -> KernelReference.of(TestKernel.image(14), ModuleFiles.NONE));
  }
}
