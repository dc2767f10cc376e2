// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import io.vmattest.introspection.finding.Finding.Kind;
import io.vmattest.introspection.finding.Severity;
import io.vmattest.introspection.kernel.Kernel;
import io.vmattest.introspection.memory.AddressSpace;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.structure.Findings;
import io.vmattest.introspection.structure.Structures;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What all checks of one look at a kernel share.
 *
 * @param names the image's where there is one
 * @param offset what live addresses are higher by than the image's; 0 without one
 * @param module the name of the module that is looked at; empty for the kernel itself
 */
record LiveKernel(
    Kernel kernel,
    Structures structures,
    Names names,
    long offset,
    Findings findings,
    Optional<String> module) {
  /** So many bytes are quoted in a finding, the first of them. */
  static final int MAX_QUOTED = 32;

  /** The same for a module. */
  LiveKernel named(Names own, String name) {
    return new LiveKernel(kernel, structures, own, offset, findings, Optional.of(name));
  }

  AddressSpace space() {
    return structures.space();
  }

  /** Bytes in bulk, not kept. */
  byte[] bytes(long address, long length, int limit) throws MalformedGuestException {
    return kernel.addressSpace().bytes(address, length, limit);
  }

  long required(String name) throws MalformedGuestException {
    return names
        .address(name)
        .orElseThrow(
            () ->
                new MalformedGuestException(
                    MalformedGuestException.Reason.MISSING, 0, "a kernel without " + name));
  }

  /** Where the kernel's text begins and ends. */
  boolean inText(long address) {
    OptionalLong start = names.address("_text");
    OptionalLong end = names.address("_etext");
    return start.isPresent()
        && end.isPresent()
        && address >= start.getAsLong()
        && address < end.getAsLong();
  }

  void critical(Kind kind, long address, String expected, String found) {
    findings.add(kind, Severity.CRITICAL, subject(address), expected, found, address);
  }

  void info(Kind kind, long address, String expected, String found) {
    findings.add(kind, Severity.INFO, subject(address), expected, found, address);
  }

  /** As /proc/kallsyms has it: a symbol, and its module's name in brackets. */
  private String subject(long address) {
    String place = names.describe(address);
    return module.map(name -> "%s [%s]".formatted(place, name)).orElse(place);
  }

  static String hex(byte[] bytes) {
    return hex(bytes, bytes.length);
  }

  /**
   * Of bytes of which the first are there.
   *
   * @param length how many there are in all
   */
  static String hex(byte[] first, int length) {
    int quoted = Math.min(length, MAX_QUOTED);
    String hex = HexFormat.of().formatHex(first, 0, quoted);
    return quoted < length ? "%s... (%d bytes)".formatted(hex, length) : hex;
  }
}
