// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.text;

import io.vmattest.introspection.image.patch.PatchSite;
import java.util.Arrays;

/** What live text holds at its patch sites. */
public final class SiteValues {
  private final SiteMask mask;
  private final byte[] covered;

  SiteValues(SiteMask mask, byte[] covered) {
    this.mask = mask;
    this.covered = covered;
  }

  /**
   * As many bytes as the site has.
   *
   * @throws IllegalArgumentException if it is none of this text's
   */
  public byte[] of(PatchSite site) {
    if (site.length() == 0) {
      return new byte[0];
    }
    int at = mask.position(site);
    return Arrays.copyOfRange(covered, at, at + site.length());
  }

  boolean sameAs(SiteValues other) {
    return mask == other.mask && Arrays.equals(covered, other.covered);
  }
}
