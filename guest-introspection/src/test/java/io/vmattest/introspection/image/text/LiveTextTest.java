// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import io.vmattest.introspection.image.ImageBytes;
import io.vmattest.introspection.image.testing.KernelPackages;
import io.vmattest.introspection.image.testing.RunningGuest;
import io.vmattest.introspection.image.vmlinux.BzImage;
import io.vmattest.introspection.image.vmlinux.KernelImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The text of Debian's kernels while they run, against their packages. */
class LiveTextTest {
  private static final int ALIGNMENT = 2 << 20;
  private static final int SAMPLE = 64 << 10;

  static List<Arguments> guests() throws IOException {
    if (!RunningGuest.isPossible()) {
      System.out.println("SKIPPED: no QEMU for x86-64 to run guests with");
      abort("no QEMU");
    }
    List<Arguments> guests = new ArrayList<>();
    for (Path deb : KernelPackages.all()) {
      guests.add(Arguments.of(deb, List.of("-smp", "1")));
      guests.add(Arguments.of(deb, List.of("-smp", "2", "-cpu", "max")));
    }
    return guests;
  }

  @ParameterizedTest
  @MethodSource("guests")
  void theTextOfARunningGuestIsThatOfItsPackage(
      Path deb, List<String> options, @TempDir Path folder) throws Exception {
    ImageBytes bzImage = KernelPackages.kernel(deb).content();
    KernelImage image = KernelImage.read(BzImage.kernel(bzImage));
    CanonicalText text = CanonicalText.of(image);
    byte[] onDisk = image.loaded().copy(text.address(), text.length());
    byte[] live;
    try (RunningGuest guest = RunningGuest.start(bzImage.copy(), folder, options)) {
      live = guest.read(physicalAddress(guest, onDisk), text.length());
    }
    long kaslrOffset = kaslrOffset(onDisk, live);
    TextFindings findings = text.compare(live, kaslrOffset);
    System.out.printf(
        "%s %s: KASLR offset 0x%x, %d bytes unexplained, %d sites with other values%n",
        deb.getFileName(),
        options,
        kaslrOffset,
        findings.unexplainedBytes(),
        findings.badSiteCount());
    assertTrue(findings.isClean(), findings.toString());
    assertEquals(text.digest(), findings.digest());
  }

  /** Where memory is most like the text. */
  private static long physicalAddress(RunningGuest guest, byte[] onDisk) throws IOException {
    long best = 0;
    int most = 0;
    for (long at = 0; at < guest.memorySize() - onDisk.length; at += ALIGNMENT) {
      byte[] sample = guest.read(at, SAMPLE);
      int equal = 0;
      for (int i = 0; i < SAMPLE; i++) {
        equal += sample[i] == onDisk[i] && sample[i] != 0 ? 1 : 0;
      }
      if (equal > most) {
        most = equal;
        best = at;
      }
    }
    return best;
  }

  /** The distance that most fields which differ have moved. */
  private static long kaslrOffset(byte[] onDisk, byte[] live) throws Exception {
    ImageBytes before = ImageBytes.of("disk", onDisk);
    ImageBytes after = ImageBytes.of("live", live);
    Map<Long, Integer> votes = new HashMap<>();
    for (int i = 0; i <= onDisk.length - 4; i++) {
      long moved = after.u32(i) - before.u32(i);
      if (moved > 0 && moved < 1 << 30 && moved % ALIGNMENT == 0) {
        votes.merge(moved, 1, Integer::sum);
      }
    }
    return votes.entrySet().stream()
        .max(Comparator.comparing(Map.Entry::getValue))
        .map(Map.Entry::getKey)
        .orElse(0L);
  }
}
