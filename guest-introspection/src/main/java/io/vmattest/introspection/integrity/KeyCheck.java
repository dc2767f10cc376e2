// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import io.vmattest.introspection.finding.Finding.Kind;
import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.patch.DirectedSite;
import io.vmattest.introspection.image.patch.JumpLabelSite;
import io.vmattest.introspection.image.patch.PatchSite;
import io.vmattest.introspection.image.text.SiteValues;
import io.vmattest.introspection.image.vmlinux.CodeImage;
import io.vmattest.introspection.memory.MalformedGuestException;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/**
 * Compares sites with the keys and pointers in the kernel's data that direct them. Data can be
 * forged with the site; a site that was changed alone is found.
 */
final class KeyCheck {
  private final LiveKernel live;
  private final CodeImage image;
  private final SiteValues values;

  KeyCheck(LiveKernel live, CodeImage image, SiteValues values) {
    this.live = live;
    this.image = image;
    this.values = values;
  }

  /**
   * @param sites such as hold what they may
   */
  void run(List<PatchSite> sites) throws MalformedImageException {
    for (PatchSite site : sites) {
      try {
        check(site);
      } catch (MalformedGuestException e) {
        live.findings()
            .malformed("the key of " + live.names().describe(site.address() + live.offset()), e);
      }
    }
  }

  private void check(PatchSite site) throws MalformedGuestException, MalformedImageException {
    if (site instanceof JumpLabelSite label) {
      jumpLabel(label);
    } else if (site instanceof DirectedSite directed) {
      directed(directed);
    }
  }

  private void jumpLabel(JumpLabelSite site) throws MalformedGuestException {
    int enabled = live.space().s32(site.key() + live.offset());
    // Below 0 a CPU is about to switch it, and sites may be either.
    if (enabled >= 0 && JumpLabelSite.jumps(values.of(site)) != (enabled > 0 ^ site.inverted())) {
      report(
          site,
          "%s, for the key %s is %d"
              .formatted(
                  enabled > 0 ^ site.inverted() ? "a jump" : "a nop",
                  live.names().describe(site.key() + live.offset()),
                  enabled));
    }
  }

  private void directed(DirectedSite site) throws MalformedGuestException, MalformedImageException {
    byte[] value = values.of(site);
    OptionalLong target = site.target(value);
    OptionalLong pointer = target.isPresent() ? site.pointer(image) : OptionalLong.empty();
    if (pointer.isEmpty()
        || Arrays.equals(value, image.loaded().copy(site.address(), site.length()))) {
      return;
    }
    long function = live.space().u64(pointer.getAsLong() + live.offset());
    boolean thunk = function == 0 && isThunk(target.getAsLong());
    if (function != target.getAsLong() + live.offset() && !thunk) {
      report(
          site,
          "a branch to %s, as %s says"
              .formatted(
                  live.names().describe(function),
                  live.names().describe(pointer.getAsLong() + live.offset())));
    }
  }

  /** A call that ends its function returns where there is nothing to be called. */
  private boolean isThunk(long target) {
    return image.symbols().at(target).filter(name -> name.contains("return")).isPresent();
  }

  private void report(PatchSite site, String expected) {
    live.critical(
        Kind.PATCH_SITE_INVALID,
        site.address() + live.offset(),
        expected,
        LiveKernel.hex(values.of(site)));
  }
}
