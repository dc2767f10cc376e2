// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.patch;

import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.elf.ElfSection;
import io.vmattest.introspection.image.vmlinux.CodeImage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;

/** All places that a kernel of a given image may patch in .text. */
public final class PatchSites {
  private static final Comparator<PatchSite> BY_ADDRESS =
      Comparator.comparing(PatchSite::address, Long::compareUnsigned);

  private final CodeImage image;
  private final List<PatchSite> inText;
  private final Map<Long, PatchSite> nested;

  private PatchSites(CodeImage image, List<PatchSite> inText, Map<Long, PatchSite> nested) {
    this.image = image;
    this.inText = inText;
    this.nested = nested;
  }

  /** Finds them; those in init text and elsewhere are left out. */
  public static PatchSites find(CodeImage image) throws MalformedImageException {
    List<PatchSite> inText = new ArrayList<>();
    Map<Long, PatchSite> nested = new HashMap<>();
    List<PatchSite> all = new ArrayList<>(SiteTables.read(image));
    all.addAll(AlternativesTable.read(image));
    var replacements = image.section(".altinstr_replacement");
    for (PatchSite site : all) {
      boolean text = isIn(image.text(), site);
      if (text) {
        inText.add(site);
      }
      boolean alternative = site instanceof AlternativeSite;
      if (!alternative && (text || (replacements.isPresent() && isIn(replacements.get(), site)))) {
        nested.put(site.address(), site);
      }
    }
    inText.sort(BY_ADDRESS);
    return new PatchSites(image, List.copyOf(inText), Map.copyOf(nested));
  }

  private static boolean isIn(ElfSection section, PatchSite site) throws MalformedImageException {
    if (!section.contains(site.address(), 1)) {
      return false;
    }
    if (!section.contains(site.address(), site.length())) {
      throw new MalformedImageException(section.name(), site.address(), "a patch site leaves it");
    }
    return true;
  }

  /** Those in .text, by address; some overlap. */
  public List<PatchSite> inText() {
    return inText;
  }

  /**
   * The image as it was loaded, to judge the values of sites by.
   *
   * @param modules whether a function of a loaded module begins at a link-time address
   */
  public LoadedKernel loaded(long kaslrOffset, LongPredicate modules) {
    return new LoadedKernel(image, kaslrOffset, nested, modules);
  }
}
