// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.text;

import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.patch.PatchSite;
import io.vmattest.introspection.image.patch.PatchSites;
import io.vmattest.introspection.image.vmlinux.CodeImage;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
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
  private final String digest;

  /** Values last found good: a guest that is looked at again has most often the same. */
  private volatile @Nullable GoodSites good;

  private CanonicalText(CodeImage image, PatchSites sites) throws MalformedImageException {
    this.image = image;
    this.sites = sites;
    this.mask = new SiteMask(image.text().address(), sites.inText());
    this.digest = digest(image, mask);
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
    return (int) image.text().size();
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
   * Compares live text that was read already.
   *
   * @param live the bytes from the text's address plus the KASLR offset on
   * @throws IllegalArgumentException if there are not as many bytes as the text has
   */
  public TextFindings compare(byte[] live, long kaslrOffset, LongPredicate modules)
      throws MalformedImageException {
    if (live.length != length()) {
      throw new IllegalArgumentException(live.length + " bytes are not " + length());
    }
    return compare(LiveCode.of(live, address()), kaslrOffset, modules);
  }

  /**
   * Compares live text with the image's, in blocks.
   *
   * @param kaslrOffset what the live kernel's addresses are higher by than linked
   * @param modules whether a function of another module that is loaded begins at a link-time
   *     address
   * @throws MalformedImageException if a site of the image leads out of it
   */
  public TextFindings compare(LiveCode live, long kaslrOffset, LongPredicate modules)
      throws MalformedImageException {
    LinkedRun run = new LinkedRun(image, live, address(), length(), kaslrOffset);
    byte[] covered = new byte[mask.coveredBytes()];
    TextDifferences differences = new TextDifferences(image, mask, MAX_LISTED);
    run.forEach(
        block -> {
          mask.collect(block.live(), block.at(), block.from(), block.end(), covered);
          zero(block);
          differences.find(block);
        });
    SiteValues values = new SiteValues(mask, covered);
    List<PatchSite> bad = badSites(values, kaslrOffset, modules);
    return new TextFindings(
        differences.bytes() == 0 ? digest : digest(run),
        differences.bytes(),
        differences.ranges(),
        bad.size(),
        bad.stream().limit(MAX_LISTED).toList(),
        values);
  }

  private List<PatchSite> badSites(SiteValues values, long kaslrOffset, LongPredicate modules)
      throws MalformedImageException {
    GoodSites known = good;
    if (known != null
        && known.offset == kaslrOffset
        && known.values.sameAs(values)
        && known.targets.stream().allMatch(modules::test)) {
      return List.of();
    }
    Set<Long> targets = new HashSet<>();
    LongPredicate noted =
        target -> {
          boolean found = modules.test(target);
          if (found) {
            targets.add(target);
          }
          return found;
        };
    SiteCheck check = new SiteCheck(values, sites.loaded(kaslrOffset, noted));
    check.run(mask);
    if (check.badSites().isEmpty()) {
      good = new GoodSites(kaslrOffset, values, Set.copyOf(targets));
    }
    return check.badSites();
  }

  /** A copy of text of this length with zeros for what sites cover. */
  public byte[] masked(byte[] text) {
    byte[] copy = text.clone();
    mask.zero(copy, 0, 0, copy.length);
    return copy;
  }

  private void zero(LinkedRun.Block block) {
    mask.zero(block.linked(), block.at(), block.from(), block.end());
  }

  private static String digest(CodeImage image, SiteMask mask) throws MalformedImageException {
    byte[] canonical = image.loaded().copy(image.text().address(), image.text().size());
    mask.zero(canonical, 0, 0, canonical.length);
    return HexFormat.of().formatHex(sha256().digest(canonical));
  }

  private String digest(LinkedRun run) throws MalformedImageException {
    MessageDigest sha256 = sha256();
    run.forEach(
        block -> {
          zero(block);
          sha256.update(block.linked(), block.at(), block.length());
        });
    return HexFormat.of().formatHex(sha256.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** With the functions of modules that sites lead to: they may be elsewhere in another guest. */
  private record GoodSites(long offset, SiteValues values, Set<Long> targets) {}
}
