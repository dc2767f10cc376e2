// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import io.vmattest.introspection.finding.Finding;
import io.vmattest.introspection.kernel.Kernel;
import java.util.List;
import java.util.Optional;

/**
 * A look at the code of a live kernel.
 *
 * @param reference the release whose Reference Values it was compared with; empty if with none
 * @param components as many as could be read
 * @param findings in the order of the checks: text, read-only data, system calls, interrupts,
 *     modules
 */
public record CodeView(
    Optional<String> reference, List<CodeComponent> components, List<Finding> findings) {
  public CodeView {
    components = List.copyOf(components);
    findings = List.copyOf(findings);
  }

  /**
   * Looks. Never throws for anything that a guest can bring about: what could not be read is a
   * finding.
   *
   * @param reference of this kernel, by its build id; one of another kernel is a finding, and not
   *     used
   */
  public static CodeView read(Kernel kernel, Optional<KernelReference> reference) {
    return new CodeReader(kernel, reference).read();
  }

  /** A component, where it could be read. */
  public Optional<CodeComponent> component(CodeComponent.Part part) {
    return components.stream().filter(component -> component.part() == part).findFirst();
  }
}
