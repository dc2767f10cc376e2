// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import io.vmattest.introspection.finding.Finding.Kind;
import io.vmattest.introspection.finding.Severity;
import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.kernel.Kernel;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.structure.Findings;
import io.vmattest.introspection.structure.Structures;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Runs the checks, each on its own: one that fails leaves a finding, and the others go on. */
final class CodeReader {
  private static final int MAX_TEXT = 256 << 20;
  private static final int BLOCK = 64 << 10;

  private final Kernel kernel;
  private final Findings findings;
  private final Structures structures;
  private final Optional<KernelReference> reference;
  private final List<CodeComponent> components = new ArrayList<>();

  CodeReader(Kernel kernel, Optional<KernelReference> reference) {
    this.kernel = kernel;
    this.structures = Structures.of(kernel);
    this.findings = new Findings(structures.space());
    this.reference = reference.filter(this::isOfThisKernel);
  }

  CodeView read() {
    Optional<LiveKernel> live = live();
    if (live.isPresent()) {
      if (reference.isPresent()) {
        against(live.get(), reference.get());
      } else {
        alone(live.get());
      }
    }
    return new CodeView(reference.map(KernelReference::release), components, findings.list());
  }

  private void against(LiveKernel live, KernelReference expected) {
    Tracing tracing = new Tracing(live);
    ModuleFunctions modules = new ModuleFunctions(live, expected);
    attempt("text", () -> TextCheck.ofKernel(live, expected, tracing, modules));
    attempt("rodata", () -> new RodataCheck(live, expected).run());
    attempt("system calls", () -> new SyscallCheck(live).against(expected.syscalls()));
    attempt("idt", () -> new InterruptCheck(live, Optional.of(expected.gates())).run());
    attempt("modules", () -> new ModuleCheck(live, expected, tracing, modules).run());
  }

  private void alone(LiveKernel live) {
    attempt("text", () -> raw(live, CodeComponent.Part.TEXT, "_stext", "_etext"));
    attempt("rodata", () -> raw(live, CodeComponent.Part.RODATA, "__start_rodata", "__end_rodata"));
    attempt("system calls", () -> new SyscallCheck(live).alone());
    attempt("idt", () -> new InterruptCheck(live, Optional.empty()).run());
  }

  /** Where the fields with addresses are is not in memory any more, so that none is moved back. */
  private static CodeComponent raw(
      LiveKernel live, CodeComponent.Part part, String start, String end)
      throws MalformedGuestException {
    long from = live.required(start);
    long length = live.required(end) - from;
    if (length < 0 || length > MAX_TEXT) {
      throw new MalformedGuestException(
          MalformedGuestException.Reason.TOO_LARGE, from, length + " bytes up to " + end);
    }
    return new CodeComponent(part, digest(live, from, (int) length), length, false);
  }

  private static String digest(LiveKernel live, long from, int length)
      throws MalformedGuestException {
    Digests digest = new Digests();
    ByteBuffer block = ByteBuffer.allocate(Math.min(length, BLOCK));
    for (int at = 0; at < length; at += block.position()) {
      block.clear().limit(Math.min(block.capacity(), length - at));
      live.kernel().addressSpace().readFully(from + at, block);
      digest.add(block.array(), 0, block.position());
    }
    return digest.hex();
  }

  private Optional<LiveKernel> live() {
    try {
      if (reference.isEmpty()) {
        return Optional.of(
            new LiveKernel(
                kernel, structures, Names.of(kernel.symbols()), 0, findings, Optional.empty()));
      }
      var symbols = reference.get().image().symbols();
      long offset = kernel.info().symbol("_stext") - symbols.required("_stext");
      return Optional.of(
          new LiveKernel(
              kernel, structures, Names.of(symbols, offset), offset, findings, Optional.empty()));
    } catch (MalformedGuestException e) {
      findings.malformed("vmcoreinfo", e);
    } catch (MalformedImageException e) {
      // Every reference has the symbol by which its text was found.
      throw new IllegalStateException(e);
    }
    return Optional.empty();
  }

  private boolean isOfThisKernel(KernelReference candidate) {
    String buildId;
    try {
      buildId = kernel.info().buildId();
    } catch (MalformedGuestException e) {
      buildId = "none";
    }
    boolean same = buildId.equals(candidate.buildId());
    if (!same) {
      findings.add(
          Kind.STRUCTURE_MALFORMED,
          Severity.WARNING,
          "the kernel's build id",
          "%s of %s".formatted(candidate.buildId(), candidate.release()),
          buildId,
          0);
    }
    return same;
  }

  private interface Check {
    CodeComponent run() throws MalformedGuestException, MalformedImageException;
  }

  private void attempt(String what, Check check) {
    try {
      components.add(check.run());
    } catch (MalformedGuestException e) {
      // No kernel runs without these, so that it is not left undecided.
      findings.add(
          Kind.STRUCTURE_MALFORMED,
          Severity.CRITICAL,
          what,
          "what every kernel has",
          String.valueOf(e.getMessage()),
          e.address());
    } catch (MalformedImageException e) {
      findings.add(
          Kind.STRUCTURE_MALFORMED,
          Severity.WARNING,
          what,
          "a patch site that the image explains",
          String.valueOf(e.getMessage()),
          0);
    }
  }
}
