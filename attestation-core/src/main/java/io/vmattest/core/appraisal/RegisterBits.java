// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Names of bits, and what registers are for (Intel 64 and IA-32 Architectures Software Developer's
 * Manual, volume 3, 2.2.1, 2.3 and 2.5).
 */
final class RegisterBits {
  private static final Map<Integer, String> CR0 =
      Map.ofEntries(
          Map.entry(0, "PE"),
          Map.entry(1, "MP"),
          Map.entry(2, "EM"),
          Map.entry(3, "TS"),
          Map.entry(4, "ET"),
          Map.entry(5, "NE"),
          Map.entry(16, "WP"),
          Map.entry(18, "AM"),
          Map.entry(29, "NW"),
          Map.entry(30, "CD"),
          Map.entry(31, "PG"));
  private static final Map<Integer, String> CR4 =
      Map.ofEntries(
          Map.entry(0, "VME"),
          Map.entry(1, "PVI"),
          Map.entry(2, "TSD"),
          Map.entry(3, "DE"),
          Map.entry(4, "PSE"),
          Map.entry(5, "PAE"),
          Map.entry(6, "MCE"),
          Map.entry(7, "PGE"),
          Map.entry(8, "PCE"),
          Map.entry(9, "OSFXSR"),
          Map.entry(10, "OSXMMEXCPT"),
          Map.entry(11, "UMIP"),
          Map.entry(12, "LA57"),
          Map.entry(13, "VMXE"),
          Map.entry(14, "SMXE"),
          Map.entry(16, "FSGSBASE"),
          Map.entry(17, "PCIDE"),
          Map.entry(18, "OSXSAVE"),
          Map.entry(19, "KL"),
          Map.entry(20, "SMEP"),
          Map.entry(21, "SMAP"),
          Map.entry(22, "PKE"),
          Map.entry(23, "CET"),
          Map.entry(24, "PKS"));
  private static final Map<Integer, String> EFER =
      Map.of(0, "SCE", 8, "LME", 10, "LMA", 11, "NXE", 12, "SVME", 13, "LMSLE", 14, "FFXSR");
  private static final Map<String, Map<Integer, String>> BITS =
      Map.of("CR0", CR0, "CR4", CR4, "EFER", EFER);
  private static final Map<String, String> PURPOSES =
      Map.of(
          "LSTAR", "the address at which system calls enter the kernel",
          "IDTR.base", "the address of the interrupt descriptor table",
          "IDTR.limit", "the size of the interrupt descriptor table",
          "GDTR.base", "the address of the global descriptor table",
          "GDTR.limit", "the size of the global descriptor table");

  private RegisterBits() {}

  /** One sentence on what changed in a register. */
  static String explain(String register, byte[] before, byte[] now) {
    return Optional.ofNullable(BITS.get(register))
        .map(names -> register + " " + changedBits(names, before, now) + ".")
        .orElseGet(
            () ->
                Optional.ofNullable(PURPOSES.get(register))
                    .map(purpose -> register + ", " + purpose + ", changed.")
                    .orElse("Register " + register + " changed."));
  }

  private static String changedBits(Map<Integer, String> names, byte[] before, byte[] now) {
    BigInteger value = new BigInteger(1, now);
    BigInteger changed = new BigInteger(1, before).xor(value);
    List<String> bits = new ArrayList<>();
    for (int bit = 0; bit < changed.bitLength(); bit++) {
      if (changed.testBit(bit)) {
        bits.add(
            "bit %d (%s) %s"
                .formatted(
                    bit,
                    names.getOrDefault(bit, "reserved"),
                    value.testBit(bit) ? "set" : "cleared"));
      }
    }
    return String.join(", ", bits);
  }
}
