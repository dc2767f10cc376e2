// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.log;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vmattest.cli.output.ProgressLine;
import io.vmattest.core.evidence.TrustAnchors;
import io.vmattest.core.ledger.AuditState;
import io.vmattest.core.ledger.LedgerFinding;
import io.vmattest.core.ledger.LedgerFinding.Kind;
import io.vmattest.core.ledger.LedgerFindings;
import io.vmattest.core.report.Digest;
import io.vmattest.core.tlog.Checkpoint;
import io.vmattest.core.tlog.NoteKey;
import io.vmattest.core.tlog.Tile;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Checks an exported log, from its first entry or from where an earlier check ended.
 *
 * @param folder of the log
 * @param log its keys
 * @param anchors whose reports are believed
 * @param known a checkpoint that is known from elsewhere, its signature verified
 * @param stateFile where an earlier run's state is, and this one's goes
 * @param fromStart whether everything is read again
 */
public record FolderCheck(
    LogFolder folder,
    TrustedLog log,
    TrustAnchors anchors,
    Optional<Checkpoint> known,
    Optional<Path> stateFile,
    boolean fromStart) {
  /**
   * What came of it.
   *
   * @param head the folder's last checkpoint that holds; empty if none does
   * @param from index of the first entry that was read; the stamps of files before were compared
   * @param unread files that its last checkpoint does not need, which were not looked at
   * @param notes for people
   */
  public record Result(
      Optional<Checkpoint> head,
      long from,
      List<FolderFinding> findings,
      ReportSignatures reports,
      long unread,
      List<String> notes) {}

  /**
   * Checks.
   *
   * @throws IOException if the folder or the state file cannot be read
   */
  public Result run(ProgressLine progress) throws IOException {
    LedgerFindings findings = new LedgerFindings();
    ReportSignatures reports = new ReportSignatures(anchors);
    List<String> notes = new ArrayList<>();
    FolderHeads heads = new FolderHeads(folder, log, findings);
    known.ifPresent(heads::know);
    Optional<FolderState> state = usable(notes);
    state.map(FolderState::head).ifPresent(heads::know);
    FolderStamps stamps = new FolderStamps(folder.path());
    AuditState from = from(state, heads, stamps, notes);
    heads.open(from.edge().size());
    Optional<Checkpoint> head = heads.last();
    if (from.edge().size() > head.map(Checkpoint::size).orElse(0L)) {
      // An older checkpoint than the state's: what it covers is read from the start.
      return new FolderCheck(folder, log, anchors, known, stateFile, true).run(progress);
    }
    if (head.isEmpty()) {
      return new Result(head, 0, ofHeads(findings), reports, 0, notes);
    }
    requireNotOlder(heads, head.get(), findings);
    FolderAudit audit =
        new FolderAudit(folder, heads, trusted(), findings, reports, progress, this::keep);
    boolean goesOn = from.edge().size() > 0;
    List<FolderFinding> found =
        audit.run(head.get(), from, goesOn ? stamps : new FolderStamps(folder.path()));
    if (found.isEmpty()) {
      remember(head.get());
    }
    long unread = new FolderLeftovers(folder, head.get().size()).unread();
    return new Result(head, from.edge().size(), found, reports, unread, notes);
  }

  private static List<FolderFinding> ofHeads(LedgerFindings findings) {
    return findings.all().stream()
        .map(finding -> FolderFinding.of(finding, 0, Optional.empty()))
        .toList();
  }

  private static void requireNotOlder(FolderHeads heads, Checkpoint head, LedgerFindings findings) {
    heads.others().stream()
        .filter(other -> other.size() > head.size())
        .max(Comparator.comparingLong(Checkpoint::size))
        .ifPresent(
            newer ->
                findings.add(
                    new LedgerFinding(
                        Kind.TAIL_MISSING,
                        head.size(),
                        "the folder ends there, and a checkpoint of %d entries is known"
                            .formatted(newer.size()))));
  }

  private Optional<FolderState> usable(List<String> notes) throws IOException {
    if (stateFile.isEmpty()) {
      return Optional.empty();
    }
    Optional<FolderState> state = FolderState.read(stateFile.get());
    if (state.isPresent() && !state.get().trusted().equals(trusted())) {
      notes.add("Other keys or anchors than in the run before: everything is read.");
      return Optional.empty();
    }
    return state;
  }

  private AuditState from(
      Optional<FolderState> state, FolderHeads heads, FolderStamps stamps, List<String> notes) {
    if (state.isEmpty() || fromStart) {
      return AuditState.start();
    }
    long size = state.get().audit().edge().size();
    Optional<Digest> stamped = Optional.empty();
    for (long first = 0; first < size; first += Tile.MAX_WIDTH) {
      stamped = stamps.add(first / Tile.MAX_WIDTH, heads.sizes(first, first + Tile.MAX_WIDTH));
    }
    if (stamped.equals(Optional.of(state.get().stamps()))) {
      return state.get().audit();
    }
    notes.add("Files that the run before has read were changed since: everything is read.");
    return AuditState.start();
  }

  /** The newest head, also where no bundle became full since the state before. */
  private void remember(Checkpoint head) throws IOException {
    Optional<FolderState> state =
        stateFile.isPresent() ? FolderState.read(stateFile.get()) : Optional.empty();
    if (state.isPresent() && state.get().head().size() < head.size()) {
      keep(new FolderState(state.get().trusted(), state.get().audit(), state.get().stamps(), head));
    }
  }

  private void keep(FolderState state) throws IOException {
    if (stateFile.isPresent()) {
      state.write(stateFile.get());
    }
  }

  /** What a verdict rests on besides the folder. */
  private Digest trusted() {
    StringBuilder text = new StringBuilder();
    log.keys().stream().map(NoteKey::vkey).sorted().forEach(key -> text.append(key).append('\n'));
    Stream.of(anchors.endorsementRoots(), anchors.intermediates(), anchors.enrollers())
        .forEach(
            certificates -> {
              certificates.stream().map(FolderCheck::digest).sorted().forEach(text::append);
              text.append('\n');
            });
    return Digest.sha256(text.toString().getBytes(UTF_8));
  }

  private static String digest(X509Certificate certificate) {
    try {
      return Digest.sha256(certificate.getEncoded()).hex();
    } catch (CertificateEncodingException e) {
      throw new IllegalArgumentException("a certificate that was parsed has no encoding", e);
    }
  }
}
