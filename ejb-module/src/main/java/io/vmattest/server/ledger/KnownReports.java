// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.report.Digest;
import jakarta.persistence.EntityManager;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What the database knows of a group of reports that are to be appended, asked with a few queries
 * for all of them; and what becomes known while they are. Not thread-safe.
 */
final class KnownReports {
  private final EntityManager em;
  private final Collection<CheckedReport> group;
  private final Map<String, VmStateRow> states;
  private final Map<String, ReportRow> reports;
  private final Set<String> configs;
  private Optional<Set<String>> rejected = Optional.empty();

  KnownReports(EntityManager em, Collection<CheckedReport> group) {
    this.em = em;
    this.group = group;
    states =
        select(VmStateRow.class, "vmId", texts(group, r -> r.vm().toString())).stream()
            .collect(Collectors.toMap(VmStateRow::vmId, Function.identity()));
    reports =
        select(ReportRow.class, "digest", texts(perhapsThere(), r -> r.digest().hex())).stream()
            .collect(Collectors.toMap(ReportRow::digest, Function.identity()));
    configs =
        new HashSet<>(
            em.createQuery(
                    "SELECT c.digest FROM ConfigRow c WHERE c.digest IN :digests", String.class)
                .setParameter("digests", texts(group, r -> r.configDigest().hex()))
                .getResultList());
  }

  /** The ledger has no report of a VM after the last one. */
  private List<CheckedReport> perhapsThere() {
    return group.stream()
        .filter(
            r -> state(r.vm()).filter(s -> r.report().sequence() <= s.lastSequence()).isPresent())
        .toList();
  }

  private <T> List<T> select(Class<T> row, String column, Set<String> values) {
    return values.isEmpty()
        ? List.of()
        : em.createQuery(
                "SELECT r FROM " + row.getSimpleName() + " r WHERE r." + column + " IN :values",
                row)
            .setParameter("values", values)
            .getResultList();
  }

  private static Set<String> texts(
      Collection<CheckedReport> group, Function<CheckedReport, String> text) {
    return group.stream().map(text).collect(Collectors.toSet());
  }

  private static Set<String> previous(Collection<CheckedReport> group) {
    return group.stream()
        .map(r -> r.report().previous())
        .flatMap(Optional::stream)
        .map(Digest::hex)
        .collect(Collectors.toSet());
  }

  Optional<ReportRow> report(Digest digest) {
    return Optional.ofNullable(reports.get(digest.hex()));
  }

  /** Of a report that one of the group follows. */
  boolean isRejected(Digest digest) {
    if (rejected.isEmpty()) {
      rejected = Optional.of(rejected());
    }
    return rejected.get().contains(digest.hex());
  }

  private Set<String> rejected() {
    return select(RejectedRow.class, "digest", previous(group)).stream()
        .map(RejectedRow::digest)
        .collect(Collectors.toSet());
  }

  Optional<VmState> state(UUID vm) {
    return Optional.ofNullable(states.get(vm.toString())).map(VmStateRow::toState);
  }

  /** The VM's last report is this one now. */
  void follow(CheckedReport report) {
    states
        .computeIfAbsent(report.vm().toString(), id -> persisted(new VmStateRow(report.vm())))
        .appended(report.digest(), report.report());
  }

  /** Writes what the report's row refers to and is not there yet. */
  void keepConfig(CheckedReport report) {
    Digest digest = report.configDigest();
    if (configs.add(digest.hex())) {
      em.persist(new ConfigRow(digest, report.incoming().canonicalConfig()));
    }
  }

  private VmStateRow persisted(VmStateRow row) {
    em.persist(row);
    return row;
  }
}
