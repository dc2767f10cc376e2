// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.report.Digest;
import io.vmattest.server.bodies.BodyPlace;
import io.vmattest.server.bodies.StoredBody;
import io.vmattest.server.bodies.UnreadableBodyException;
import io.vmattest.server.testing.CollectedEvents;
import jakarta.persistence.EntityManager;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What moves bodies out of a ledger, each step in a transaction of its own as in the container. */
final class ArchiveParts {
  final CollectedEvents events = new CollectedEvents();
  final BodyRetention retention = new BodyRetention();

  /** Whether the server dies as it commits. */
  boolean dies;

  private final ReportLedger reports;

  private final Optional<Duration> keep;

  ArchiveParts(ReportLedger ledger, Duration later, Optional<Duration> keep) {
    this.keep = keep;
    this.reports = ledger;
    BodyArchiver archiver = new BodyArchiver();
    archiver.candidates = new Candidates();
    archiver.commit = new Commit();
    archiver.folder = ledger.folder;
    archiver.bodies =
        new LedgerBodies() {
          @Override
          public byte[] open(StoredBody stored, BodyPlace place) throws UnreadableBodyException {
            return ledger.keys().open(stored, place);
          }
        };
    retention.archiver = archiver;
    retention.clock = Clock.offset(ReportLedger.CLOCK, later);
    retention.folder = ledger.folder;
    retention.keep = keep;
  }

  void moveAll() throws IOException {
    retention.moveAll(keep.orElseThrow());
  }

  private final class Candidates extends ArchiveCandidates {
    @Override
    public long archivedUpTo() {
      return reports.read(em -> of(em).plainArchivedUpTo());
    }

    private long plainArchivedUpTo() {
      return super.archivedUpTo();
    }

    private Candidates of(EntityManager em) {
      Candidates candidates = new Candidates();
      candidates.em = em;
      return candidates;
    }

    @Override
    public List<Candidate> next(long after) {
      return reports.read(em -> of(em).plainNext(after));
    }

    private List<Candidate> plainNext(long after) {
      return super.next(after);
    }

    @Override
    public Map<Long, StoredBody> bodies(List<Candidate> of) {
      return reports.read(em -> of(em).plainBodies(of));
    }

    private Map<Long, StoredBody> plainBodies(List<Candidate> of) {
      return super.bodies(of);
    }

    @Override
    public Map<Digest, StoredBody> guests(List<Candidate> of) {
      return reports.read(em -> of(em).plainGuests(of));
    }

    private Map<Digest, StoredBody> plainGuests(List<Candidate> of) {
      return super.guests(of);
    }
  }

  private final class Commit extends ArchiveCommit {
    @Override
    public void commit(ArchiveRecord said, long after, List<Digest> guests) {
      reports.database.run(
          em -> {
            ArchiveCommit commit = new ArchiveCommit();
            commit.em = em;
            commit.ledger = reports.ledger(em);
            commit.administration = administration(commit.ledger);
            commit.candidates = new ArchiveCandidates();
            commit.candidates.em = em;
            commit.commit(said, after, guests);
            if (dies) {
              throw new IllegalStateException("the server died");
            }
          });
    }

    private LedgerAdministration administration(Ledger wired) {
      LedgerAdministration administration = new LedgerAdministration();
      administration.ledger = wired;
      administration.events = events;
      return administration;
    }
  }
}
