// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
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
    TextFindings findings = null;
    long kaslrOffset = 0;
    for (long candidate : kaslrOffsets(onDisk, live)) {
      TextFindings found = text.compare(live, candidate);
      if (findings == null || found.unexplainedBytes() < findings.unexplainedBytes()) {
        findings = found;
        kaslrOffset = candidate;
      }
    }
    assertNotNull(findings, "nothing was moved");
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

  /** The distances that most fields which differ seem to have moved; one of them is true. */
  private static List<Long> kaslrOffsets(byte[] onDisk, byte[] live) throws Exception {
    ImageBytes before = ImageBytes.of("disk", onDisk);
    ImageBytes after = ImageBytes.of("live", live);
    Map<Long, Integer> votes = new HashMap<>();
    for (int i = 0; i <= onDisk.length - 4; i++) {
      long moved = after.u32(i) - before.u32(i);
      if (moved >= 0 && moved < 1 << 30 && moved % ALIGNMENT == 0) {
        votes.merge(moved, 1, Integer::sum);
      }
    }
    return votes.entrySet().stream()
        .sorted(Map.Entry.<Long, Integer>comparingByValue().reversed())
        .limit(4)
        .map(Map.Entry::getKey)
        .toList();
  }
}
