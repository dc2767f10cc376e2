// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.guest.GuestDocument;
import io.vmattest.core.guest.MalformedGuestDocumentException;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.MalformedReportException;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.report.StateComponent;
import io.vmattest.server.archive.ArchiveFolder;
import io.vmattest.server.archive.ArchiveMember;
import io.vmattest.server.archive.ArchiveName;
import io.vmattest.server.archive.ArchiveReader;
import io.vmattest.server.archive.DamagedArchiveException;
import io.vmattest.server.bodies.BodyPlace;
import io.vmattest.server.bodies.StoredBody;
import io.vmattest.server.bodies.UnreadableBodyException;
import io.vmattest.server.ledger.ArchiveCandidates.Candidate;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Moves bodies to a file. It is written, made durable, and read again as a whole before anything is
 * deleted; whoever stops between leaves a file that the next one writes anew.
 */
@Stateless
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class BodyArchiver {
  /** A body is a megabyte at most, a document two. */
  private static final int PAGE = 32;

  @Inject ArchiveCandidates candidates;
  @Inject ArchiveCommit commit;
  @Inject LedgerBodies bodies;

  ArchiveFolder folder = ArchiveFolder.ofState();

  /**
   * Moves the next bodies that are old enough, if they are worth a file. The caller holds the
   * folder's lock.
   *
   * @return whether there was a file to write
   * @throws ServiceException with LEDGER_DAMAGED if a body is not what its entry says, with
   *     HSM_UNAVAILABLE, or BUSY; nothing was deleted then
   */
  public boolean moveNext(RetentionLimits limits) throws IOException {
    long after = candidates.archivedUpTo();
    List<Candidate> next = candidates.next(after);
    if (next.isEmpty()) {
      return false;
    }
    List<Candidate> due =
        ArchiveCandidates.due(next, limits, folder.beginningWith(next.get(0).index()));
    if (due.isEmpty()) {
      return false;
    }
    ArchiveName name = new ArchiveName(due.get(0).index(), due.get(due.size() - 1).index());
    folder.write(name, members -> fill(members, due));
    commit.commit(new ArchiveRecord(name, due.size(), verified(name, due)), after, guests(due));
    return true;
  }

  private static List<Digest> guests(List<Candidate> due) {
    return due.stream().map(Candidate::guest).flatMap(Optional::stream).toList();
  }

  private void fill(ArchiveFolder.Members members, List<Candidate> due) throws IOException {
    for (int from = 0; from < due.size(); from += PAGE) {
      List<Candidate> page = due.subList(from, Math.min(from + PAGE, due.size()));
      Map<Long, StoredBody> stored = candidates.bodies(page);
      Map<Digest, StoredBody> guests = candidates.guests(page);
      for (Candidate candidate : page) {
        members.add(
            ArchiveMember.ofEntry(candidate.index()),
            there(candidate, stored.get(candidate.index())));
        if (candidate.guest().isPresent()) {
          Digest report = candidate.guest().get();
          members.add(ArchiveMember.ofGuest(report), there(candidate, guests.get(report)));
        }
      }
    }
  }

  private static StoredBody there(Candidate candidate, @Nullable StoredBody stored) {
    if (stored == null) {
      throw damaged(candidate, "it was just there", null);
    }
    return stored;
  }

  /** Reads all of the file as anybody will who wants a body of it; gives its SHA-256. */
  private Digest verified(ArchiveName name, List<Candidate> due) throws IOException {
    try (ArchiveReader reader = folder.open(name)) {
      for (Candidate candidate : due) {
        verify(reader, candidate);
      }
      return folder.sha256(name);
    } catch (DamagedArchiveException e) {
      throw new IOException("what was just written: " + e.reason(), e);
    }
  }

  private void verify(ArchiveReader reader, Candidate candidate) throws DamagedArchiveException {
    try {
      StoredBody stored =
          there(candidate, reader.read(ArchiveMember.ofEntry(candidate.index())).orElse(null));
      byte[] body = bodies.open(stored, BodyPlace.ofEntry(candidate.index()));
      if (!Digest.sha256(body).equals(candidate.body())) {
        throw damaged(candidate, "its body is not the one that its digest is over", null);
      }
      if (candidate.guest().isPresent()) {
        verifyGuest(reader, candidate, candidate.guest().get(), body);
      }
    } catch (UnreadableBodyException e) {
      throw damaged(candidate, "its body, or its guest's document, " + e.reason(), e);
    } catch (MalformedReportException | MalformedGuestDocumentException e) {
      throw damaged(candidate, String.valueOf(e.getMessage()), e);
    }
  }

  private void verifyGuest(ArchiveReader reader, Candidate candidate, Digest report, byte[] body)
      throws DamagedArchiveException,
          UnreadableBodyException,
          MalformedReportException,
          MalformedGuestDocumentException {
    StoredBody stored = there(candidate, reader.read(ArchiveMember.ofGuest(report)).orElse(null));
    byte[] gzip = bodies.open(stored, BodyPlace.ofGuest(report));
    Optional<Digest> named =
        SignedReport.parse(body)
            .report()
            .component(GuestDocument.COMPONENT)
            .map(StateComponent::digest);
    if (!named.equals(Optional.of(GuestDocument.decompress(gzip).digest()))) {
      throw damaged(candidate, "its guest's document is not the one that it names", null);
    }
  }

  private static ServiceException damaged(
      Candidate candidate, String why, @Nullable Exception cause) {
    return new ServiceException(
        Problem.LEDGER_DAMAGED,
        "ledger entry " + candidate.index() + " is not moved to a file: " + why,
        cause);
  }
}
