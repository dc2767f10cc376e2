// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.text;

import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.patch.PatchSites;
import io.vmattest.introspection.image.vmlinux.CodeImage;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * A kernel's text in the form that all kernels booted from one image share: relocations undone,
 * patch sites zero. Its digest is a Reference Value. Zeroed sites alone would hide a hook within
 * one, so their values are checked too.
 */
public final class CanonicalText {
  /** More ranges and sites than these are counted, not listed. */
  private static final int MAX_LISTED = 256;

  private final CodeImage image;
  private final PatchSites sites;
  private final SiteMask mask;
  private final byte[] canonical;
  private final String digest;

  /** What was last found clean: a guest that is looked at again has most often not changed. */
  private volatile @Nullable Clean clean;

  private CanonicalText(CodeImage image, PatchSites sites) throws MalformedImageException {
    this.image = image;
    this.sites = sites;
    this.mask = new SiteMask(image.text().address(), sites.inText());
    this.canonical = image.loaded().copy(image.text().address(), image.text().size());
    mask.zero(canonical);
    this.digest = digest(canonical);
  }

  public static CanonicalText of(CodeImage image) throws MalformedImageException {
    return new CanonicalText(image, PatchSites.find(image));
  }

  /** SHA-256 in hexadecimal. */
  public String digest() {
    return digest;
  }

  /** The link-time address of the first byte of the text. */
  public long address() {
    return image.text().address();
  }

  /** How many bytes live text has to have. */
  public int length() {
    return canonical.length;
  }

  /** How many of them sites cover. */
  public long maskedBytes() {
    return mask.coveredBytes();
  }

  public PatchSites sites() {
    return sites;
  }

  /** Compares live text with the image's, of a kernel without modules. */
  public TextFindings compare(byte[] live, long kaslrOffset) throws MalformedImageException {
    return compare(live, kaslrOffset, address -> false);
  }

  /**
   * Compares live text with the image's.
   *
   * @param live the bytes from the text's address plus the KASLR offset on
   * @param kaslrOffset what the live kernel's addresses are higher by than linked
   * @param modules whether a function of another module that is loaded begins at a link-time
   *     address
   * @throws IllegalArgumentException if there are not as many bytes as the text has
   * @throws MalformedImageException if a site of the image leads out of it
   */
  public TextFindings compare(byte[] live, long kaslrOffset, LongPredicate modules)
      throws MalformedImageException {
    if (live.length != canonical.length) {
      throw new IllegalArgumentException(live.length + " bytes are not " + canonical.length);
    }
    Clean known = clean;
    if (known != null
        && known.offset == kaslrOffset
        && Arrays.equals(known.live, live)
        && known.targets.stream().allMatch(modules::test)) {
      return known.findings;
    }
    byte[] actual = live.clone();
    image.undoRelocation(actual, address(), kaslrOffset);
    mask.zero(actual);
    Differences differences = new Differences(address());
    differences.find(canonical, actual);
    Set<Long> targets = new HashSet<>();
    LongPredicate noted =
        target -> {
          boolean found = modules.test(target);
          if (found) {
            targets.add(target);
          }
          return found;
        };
    SiteCheck check = new SiteCheck(live, address(), sites.loaded(kaslrOffset, noted));
    check.run(mask.groups());
    TextFindings findings =
        new TextFindings(
            differences.bytes == 0 ? digest : digest(actual),
            differences.bytes,
            differences.ranges,
            check.badSites().size(),
            check.badSites().stream().limit(MAX_LISTED).toList());
    if (findings.isClean()) {
      clean = new Clean(kaslrOffset, live.clone(), Set.copyOf(targets), findings);
    }
    return findings;
  }

  /** A copy of text of this length with zeros for what sites cover. */
  public byte[] masked(byte[] text) {
    byte[] copy = text.clone();
    mask.zero(copy);
    return copy;
  }

  private static String digest(byte[] text) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** With the functions of modules that sites lead to: they may be elsewhere in another guest. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Clean(long offset, byte[] live, Set<Long> targets, TextFindings findings) {}

  /** Runs of bytes that differ. */
  private static final class Differences {
    private final long base;
    private final List<AddressRange> ranges = new ArrayList<>();
    private long bytes;

    Differences(long base) {
      this.base = base;
    }

    void find(byte[] expected, byte[] actual) {
      int from = 0;
      while (from < expected.length) {
        int next = Arrays.mismatch(expected, from, expected.length, actual, from, actual.length);
        if (next < 0) {
          return;
        }
        int start = from + next;
        int end = start;
        while (end < expected.length && expected[end] != actual[end]) {
          end++;
        }
        bytes += end - start;
        if (ranges.size() < MAX_LISTED) {
          ranges.add(new AddressRange(base + start, end - start));
        }
        from = end;
      }
    }
  }
}
