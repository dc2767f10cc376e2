// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.text;

import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.patch.LoadedKernel;
import io.vmattest.introspection.image.patch.PatchSite;
import io.vmattest.introspection.image.patch.RuntimeConstantSite;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Checks what live text holds at its sites. */
final class SiteCheck {
  private final SiteValues values;
  private final LoadedKernel kernel;
  private final List<PatchSite> bad = new ArrayList<>();
  private final Map<String, byte[]> constants = new HashMap<>();

  SiteCheck(SiteValues values, LoadedKernel kernel) {
    this.values = values;
    this.kernel = kernel;
  }

  List<PatchSite> badSites() {
    return bad;
  }

  void run(SiteMask mask) throws MalformedImageException {
    for (int i = 0; i < mask.groups(); i++) {
      check(mask.group(i));
    }
  }

  /**
   * Of sites that overlap the last patched wins: a site is bad if neither it nor one that covers
   * all of it allows what is there.
   */
  private void check(List<PatchSite> group) throws MalformedImageException {
    List<PatchSite> allowing = new ArrayList<>();
    List<PatchSite> others = new ArrayList<>();
    for (PatchSite site : group) {
      (allows(site) ? allowing : others).add(site);
    }
    for (PatchSite site : others) {
      if (allowing.stream().noneMatch(other -> covers(other, site))) {
        bad.add(site);
      }
    }
  }

  private boolean allows(PatchSite site) throws MalformedImageException {
    byte[] value = values.of(site);
    return site.allows(value, kernel) && agrees(site, value);
  }

  private boolean agrees(PatchSite site, byte[] value) {
    if (site instanceof RuntimeConstantSite constant) {
      byte[] first = constants.putIfAbsent(constant.constant(), value);
      return first == null || Arrays.equals(first, value);
    }
    return true;
  }

  private static boolean covers(PatchSite outer, PatchSite inner) {
    return outer.address() <= inner.address()
        && outer.address() + outer.length() >= inner.address() + inner.length();
  }
}
