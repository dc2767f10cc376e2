// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.AttestationReport.RamBlock;
import io.vmattest.core.report.NameOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Names where memory differs: RAM blocks, and pages where they are known. */
final class MemoryComparison {
  static final int PAGE_SIZE = 4096;

  /** More runs than this are counted, not listed. */
  static final int MAX_RUNS = 256;

  private static final String MEMORY = "memory";
  private static final String MAIN_BLOCK = "pc.ram";

  private final Map<String, RamBlock> expected;
  private final Map<String, RamBlock> actual;
  private final GuestPhysicalMap map;

  MemoryComparison(AttestationReport baseline, AttestationReport current) {
    expected = byName(baseline.ramBlocks());
    actual = byName(current.ramBlocks());
    long mainSize = Optional.ofNullable(actual.get(MAIN_BLOCK)).map(RamBlock::length).orElse(0L);
    map = GuestPhysicalMap.of(current.machineType(), mainSize);
  }

  private static Map<String, RamBlock> byName(List<RamBlock> blocks) {
    return blocks.stream().collect(Collectors.toMap(RamBlock::name, Function.identity()));
  }

  List<Discrepancy> compare(Optional<PageDifferences> pages) {
    List<Discrepancy> all = new ArrayList<>();
    Set<String> listed = new TreeSet<>();
    pages.ifPresent(p -> addRuns(p, all, listed));
    Set<String> names = new TreeSet<>(NameOrder.BYTEWISE);
    names.addAll(expected.keySet());
    names.addAll(actual.keySet());
    for (String name : names) {
      compareBlock(name, listed.contains(name)).ifPresent(all::add);
    }
    return all;
  }

  private void addRuns(PageDifferences pages, List<Discrepancy> all, Set<String> listed) {
    long rest = pages.totalPages();
    for (PageRun run : pages.runs().subList(0, Math.min(pages.runs().size(), MAX_RUNS))) {
      listed.add(run.block());
      addRun(run, all);
      rest -= run.pages();
    }
    if (rest > 0) {
      all.add(
          Discrepancies.of(
              MEMORY,
              rest + " more pages",
              "equal",
              "different",
              "In all, %d pages differ.".formatted(pages.totalPages())));
    }
  }

  /** A run may lie on both sides of the hole below 4 GiB; then it is two in the guest's eyes. */
  private void addRun(PageRun run, List<Discrepancy> all) {
    long offset = run.offset();
    long left = run.pages() * PAGE_SIZE;
    while (left > 0) {
      OptionalLong address = map.address(run.block(), offset);
      long length = address.isPresent() ? Math.min(left, map.contiguous(offset)) : left;
      all.add(pageDiscrepancy(run.block(), offset, address, length));
      offset += length;
      left -= length;
    }
  }

  private Discrepancy pageDiscrepancy(
      String block, long offset, OptionalLong address, long length) {
    String where =
        address.isPresent()
            ? "guest physical address 0x%x".formatted(address.getAsLong())
            : "offset 0x%x of %s".formatted(offset, block);
    return new Discrepancy(
        MEMORY,
        Severity.CRITICAL,
        "%s+0x%x".formatted(block, offset),
        Optional.of(block),
        OptionalLong.of(offset),
        address,
        OptionalLong.of(length),
        OptionalLong.empty(),
        Optional.empty(),
        root(expected, block),
        root(actual, block),
        "%d page%s from %s on differ%s."
            .formatted(
                length / PAGE_SIZE,
                length == PAGE_SIZE ? "" : "s",
                where,
                length == PAGE_SIZE ? "s" : ""));
  }

  private Optional<Discrepancy> compareBlock(String name, boolean listed) {
    RamBlock before = expected.get(name);
    RamBlock now = actual.get(name);
    if (before == null) {
      return Optional.of(block(name, "RAM block " + name + " was added."));
    }
    if (now == null) {
      return Optional.of(block(name, "RAM block " + name + " is gone."));
    }
    if (before.length() != now.length()) {
      return Optional.of(
          Discrepancies.of(
              MEMORY,
              name,
              before.length() + " bytes",
              now.length() + " bytes",
              "RAM block " + name + " has another size."));
    }
    return before.root().equals(now.root()) || listed
        ? Optional.empty()
        : Optional.of(
            block(
                name,
                "RAM block "
                    + name
                    + " differs; which of its pages do is not known, for there is"
                    + " no list of them."));
  }

  private Discrepancy block(String name, String explanation) {
    return Discrepancies.of(MEMORY, name, root(expected, name), root(actual, name), explanation);
  }

  private static String root(Map<String, RamBlock> blocks, String name) {
    return Optional.ofNullable(blocks.get(name))
        .map(block -> "root " + block.root().hex())
        .orElse(Discrepancies.ABSENT);
  }
}
