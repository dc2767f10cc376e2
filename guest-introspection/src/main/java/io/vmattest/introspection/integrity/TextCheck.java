// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import io.vmattest.introspection.finding.Finding.Kind;
import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.patch.FunctionTraceSite;
import io.vmattest.introspection.image.patch.PatchSite;
import io.vmattest.introspection.image.text.AddressRange;
import io.vmattest.introspection.image.text.CanonicalText;
import io.vmattest.introspection.image.text.LiveCode;
import io.vmattest.introspection.image.text.SiteValues;
import io.vmattest.introspection.image.text.TextFindings;
import io.vmattest.introspection.image.vmlinux.CodeImage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/** Compares live text with the image's. */
final class TextCheck {
  /** Bytes that stayed by chance between others that changed are part of the change. */
  private static final int NEAR = 8;

  private final LiveKernel live;
  private final CodeImage image;
  private final CanonicalText text;
  private final Tracing tracing;
  private final Kind patched;

  TextCheck(LiveKernel live, CodeImage image, CanonicalText text, Tracing tracing, Kind patched) {
    this.live = live;
    this.image = image;
    this.text = text;
    this.tracing = tracing;
    this.patched = patched;
  }

  /** The kernel's own. */
  static CodeComponent ofKernel(
      LiveKernel live, KernelReference reference, Tracing tracing, ModuleFunctions modules)
      throws MalformedImageException {
    CanonicalText text = reference.text();
    TextCheck check = new TextCheck(live, reference.image(), text, tracing, Kind.TEXT_PATCHED);
    return new CodeComponent(
        CodeComponent.Part.TEXT, check.run(new KernelCode(live), modules), text.length(), true);
  }

  /**
   * Reports what differs.
   *
   * @return the canonical digest
   */
  String run(LiveCode code, ModuleFunctions modules) throws MalformedImageException {
    TextFindings findings = text.compare(code, live.offset(), modules);
    for (AddressRange range : joined(findings.unexplained())) {
      changed(range, code);
    }
    for (PatchSite site : findings.badSites()) {
      invalid(site, findings.sites().of(site));
    }
    List<PatchSite> valid = valid(findings);
    new KeyCheck(live, image, findings.sites()).run(valid);
    traced(valid, findings.sites());
    return findings.digest();
  }

  private List<PatchSite> valid(TextFindings findings) {
    Set<PatchSite> bad = new HashSet<>(findings.badSites());
    return bad.isEmpty()
        ? text.sites().inText()
        : text.sites().inText().stream().filter(site -> !bad.contains(site)).toList();
  }

  private static List<AddressRange> joined(List<AddressRange> ranges) {
    List<AddressRange> joined = new ArrayList<>();
    for (AddressRange range : ranges) {
      int last = joined.size() - 1;
      long end = last < 0 ? 0 : joined.get(last).start() + joined.get(last).length();
      if (last >= 0 && range.start() - end < NEAR) {
        long start = joined.get(last).start();
        joined.set(last, new AddressRange(start, (int) (range.start() + range.length() - start)));
      } else {
        joined.add(range);
      }
    }
    return joined;
  }

  private void changed(AddressRange range, LiveCode code) throws MalformedImageException {
    long address = range.start() + live.offset();
    int quoted = Math.min(range.length(), LiveKernel.MAX_QUOTED);
    byte[] found = code.bytes(range.start(), quoted);
    if (tracing.isProbe(address, found)) {
      live.info(Kind.PROBE_SET, address, "no probe", "a kprobe");
      return;
    }
    live.critical(
        patched,
        address,
        LiveKernel.hex(original(range.start(), quoted), range.length()),
        LiveKernel.hex(found, range.length()));
  }

  private void invalid(PatchSite site, byte[] found) throws MalformedImageException {
    long address = site.address() + live.offset();
    if (site instanceof FunctionTraceSite trace) {
      OptionalLong target = trace.tracer(found);
      if (target.isPresent() && tracing.confirm(address, target.getAsLong() + live.offset())) {
        return;
      }
    }
    if (tracing.isProbe(address, found)) {
      live.info(Kind.PROBE_SET, address, "no probe", "a kprobe");
      return;
    }
    live.critical(
        Kind.PATCH_SITE_INVALID,
        address,
        "%s: %s, or what the kernel makes of it"
            .formatted(
                site.getClass().getSimpleName(),
                LiveKernel.hex(original(site.address(), site.length()))),
        LiveKernel.hex(found));
  }

  /** Functions that call the kernel's own tracer. */
  private void traced(List<PatchSite> sites, SiteValues values) {
    for (PatchSite site : sites) {
      if (site instanceof FunctionTraceSite trace) {
        OptionalLong tracer = trace.tracer(values.of(site));
        if (tracer.isPresent()) {
          live.info(
              Kind.FUNCTION_TRACED,
              site.address() + live.offset(),
              "not traced",
              live.names().describe(tracer.getAsLong() + live.offset()));
        }
      }
    }
  }

  /** What the decompressor put there. */
  private byte[] original(long address, int length) throws MalformedImageException {
    return image.loaded(address, length, live.offset());
  }
}
