// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.text;

import io.vmattest.introspection.image.patch.PatchSite;
import java.util.List;

/**
 * What live text differs in from the image's.
 *
 * @param digest the canonical digest of the live text, SHA-256 in hexadecimal
 * @param unexplainedBytes bytes that differ outside of sites, all of them
 * @param unexplained where they are, the first of them
 * @param badSiteCount sites with a value that the kernel does not write there, all of them
 * @param badSites the first of them
 * @param sites what all sites hold
 */
public record TextFindings(
    String digest,
    long unexplainedBytes,
    List<AddressRange> unexplained,
    int badSiteCount,
    List<PatchSite> badSites,
    SiteValues sites) {
  public TextFindings {
    unexplained = List.copyOf(unexplained);
    badSites = List.copyOf(badSites);
  }

  /** Whether the text is the image's, and each site holds a value that it may. */
  public boolean isClean() {
    return unexplainedBytes == 0 && badSiteCount == 0;
  }
}
