// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.structure;

import io.vmattest.introspection.finding.Finding;
import io.vmattest.introspection.finding.Finding.Kind;
import io.vmattest.introspection.finding.Severity;
import io.vmattest.introspection.memory.AddressSpace;
import io.vmattest.introspection.memory.MalformedGuestException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Collects the findings of one look at a guest. Of each kind it keeps the first 1000: a guest could
 * give rise to as many as it has memory.
 */
public final class Findings {
  static final int MAX_OF_A_KIND = 1000;

  private static final long PAGE_MASK = -4096;

  private final AddressSpace space;
  private final List<Finding> all = new ArrayList<>();
  private final int[] counts = new int[Kind.values().length];

  public Findings(AddressSpace space) {
    this.space = space;
  }

  /** One of a place in the guest; its page is looked up. */
  public void add(
      Kind kind, Severity severity, String subject, String expected, String found, long address) {
    if (counts[kind.ordinal()]++ < MAX_OF_A_KIND) {
      OptionalLong physical = address == 0 ? OptionalLong.empty() : space.translate(address);
      OptionalLong page =
          physical.isPresent()
              ? OptionalLong.of(physical.getAsLong() & PAGE_MASK)
              : OptionalLong.empty();
      all.add(new Finding(kind, severity, subject, expected, found, address, page));
    }
  }

  /** What was to be read of the guest and could not. */
  public void malformed(String subject, MalformedGuestException fault) {
    add(
        Kind.STRUCTURE_MALFORMED,
        Severity.WARNING,
        subject,
        "a structure as the kernel makes it",
        String.valueOf(fault.getMessage()),
        fault.address());
  }

  /** The same, should a walk have ended before its container did. */
  public void malformed(String subject, Optional<MalformedGuestException> fault) {
    fault.ifPresent(it -> malformed(subject, it));
  }

  /** In the order of adding. */
  public List<Finding> list() {
    return List.copyOf(all);
  }
}
