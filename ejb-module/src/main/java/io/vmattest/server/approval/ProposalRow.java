// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.approval;

import io.vmattest.core.report.Digest;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A proposal as it is stored. */
@Entity
@Table(name = "proposal")
public class ProposalRow {
  @Id
  @Column(name = "id")
  private String id;

  @Column(name = "vm_id")
  private String vmId;

  @Column(name = "state")
  private String state;

  @Column(name = "why")
  private String why;

  @Column(name = "report")
  private String report;

  @Column(name = "cause")
  private @Nullable String cause;

  @Column(name = "window_seconds")
  private @Nullable Long windowSeconds;

  @Column(name = "first_name")
  private @Nullable String firstName;

  @Column(name = "first_certificate")
  private @Nullable String firstCertificate;

  @Column(name = "second_name")
  private @Nullable String secondName;

  @Column(name = "second_certificate")
  private @Nullable String secondCertificate;

  @Column(name = "made_at")
  private long madeAt;

  @Column(name = "expires_at")
  private long expiresAt;

  @SuppressWarnings("NullAway.Init")
  protected ProposalRow() {}

  ProposalRow(Proposal proposal) {
    this.id = proposal.id().toString();
    this.vmId = proposal.vm().toString();
    this.state = proposal.state().name();
    this.why = proposal.why();
    this.report = proposal.subject().report().hex();
    if (proposal.subject() instanceof Subject.Rollback rollback) {
      this.cause = rollback.cause().map(Digest::hex).orElse(null);
    } else if (proposal.subject() instanceof Subject.MaintenanceWindow window) {
      this.windowSeconds = window.length().toSeconds();
    }
    this.firstName = proposal.first().map(Person::name).orElse(null);
    this.firstCertificate = proposal.first().map(p -> p.certificate().hex()).orElse(null);
    this.secondName = proposal.second().map(Person::name).orElse(null);
    this.secondCertificate = proposal.second().map(p -> p.certificate().hex()).orElse(null);
    this.madeAt = proposal.madeAt().toEpochMilli();
    this.expiresAt = proposal.expiresAt().toEpochMilli();
  }

  /**
   * @throws ServiceException with LEDGER_DAMAGED if the row was not written by this application
   */
  Proposal proposal() {
    try {
      return new Proposal(
          UUID.fromString(id),
          UUID.fromString(vmId),
          Proposal.State.valueOf(state),
          why,
          subject(),
          person(firstName, firstCertificate),
          person(secondName, secondCertificate),
          Instant.ofEpochMilli(madeAt),
          Instant.ofEpochMilli(expiresAt));
    } catch (IllegalArgumentException e) {
      throw new ServiceException(
          Problem.LEDGER_DAMAGED, "the stored proposal " + id + " is malformed", e);
    }
  }

  private Subject subject() {
    Digest of = Digest.ofHex(report);
    if (windowSeconds == null) {
      return new Subject.Rollback(of, Optional.ofNullable(cause).map(Digest::ofHex));
    }
    if (cause != null) {
      throw new IllegalArgumentException("no discrepancy is the cause of a window");
    }
    return new Subject.MaintenanceWindow(of, Duration.ofSeconds(windowSeconds));
  }

  private static Optional<Person> person(@Nullable String name, @Nullable String certificate) {
    return name == null || certificate == null
        ? Optional.empty()
        : Optional.of(new Person(name, Digest.ofHex(certificate)));
  }
}
