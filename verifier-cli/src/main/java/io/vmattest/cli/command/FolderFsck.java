// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.log.FolderCheck;
import io.vmattest.cli.log.FolderFinding;
import io.vmattest.cli.log.LogFolder;
import io.vmattest.cli.log.ReportSignatures;
import io.vmattest.cli.log.TrustedLog;
import io.vmattest.cli.output.Output;
import io.vmattest.cli.output.ProgressLine;
import io.vmattest.cli.settings.BoundedFiles;
import io.vmattest.core.evidence.TrustAnchors;
import io.vmattest.core.tlog.Checkpoint;
import io.vmattest.core.tlog.MalformedTlogException;
import io.vmattest.core.tlog.NoteRejectedException;
import io.vmattest.core.tlog.SignedNote;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Checks an exported ledger, and says what came of it. */
final class FolderFsck {
  private final Output output;
  private final TrustedLog log;
  private final TrustAnchors anchors;

  FolderFsck(Output output, TrustedLog log, TrustAnchors anchors) {
    this.output = output;
    this.log = log;
    this.anchors = anchors;
  }

  int run(Path folder, Optional<Path> known, Optional<Path> state, boolean full)
      throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new IOException("There is no folder " + folder + ".");
    }
    FolderCheck check =
        new FolderCheck(
            new LogFolder(folder),
            log,
            anchors,
            known.isPresent() ? Optional.of(opened(known.get())) : Optional.empty(),
            state,
            full);
    FolderCheck.Result result;
    try (ProgressLine progress = new ProgressLine(output, System.console() != null)) {
      result = check.run(progress);
    }
    result.notes().forEach(output::line);
    result.findings().forEach(this::print);
    output.line(sentence(folder, result));
    output.json(json(folder, result));
    return result.findings().isEmpty() ? ExitCodes.VERIFIED : ExitCodes.VERIFIED_FALSE;
  }

  private Checkpoint opened(Path file) throws IOException {
    try {
      return log.open(SignedNote.parse(BoundedFiles.read(file, SignedNote.MAX_SIZE))).checkpoint();
    } catch (NoteRejectedException | MalformedTlogException e) {
      throw new IOException(file + " is no checkpoint of the log: " + e.getMessage() + ".", e);
    }
  }

  private void print(FolderFinding found) {
    output.line(
        "%8d  %-26s  %-28s  %s%s"
            .formatted(
                found.finding().index(),
                found.finding().kind(),
                found.file(),
                found.finding().detail(),
                found.since().map(at -> " (all held until " + at + ")").orElse("")));
  }

  private static String sentence(Path folder, FolderCheck.Result result) {
    long size = result.head().map(Checkpoint::size).orElse(0L);
    if (!result.findings().isEmpty()) {
      return "%d findings in %d entries of %s.".formatted(result.findings().size(), size, folder);
    }
    ReportSignatures reports = result.reports();
    String read =
        result.from() == 0
            ? ""
            : " Read from entry %d on; the files before are those of the run before."
                .formatted(result.from());
    String unread =
        result.unread() == 0
            ? ""
            : " %d files that the last checkpoint does not cover were not looked at."
                .formatted(result.unread());
    return ("All %d entries hold, with their bodies, tiles and checkpoints; of %d reports %d are signed"
            + " by the key of their evidence, and %d of these keys endorsed by a given root.%s%s")
        .formatted(size, reports.reports(), reports.signed(), reports.endorsed(), read, unread);
  }

  private static JsonObject json(Path folder, FolderCheck.Result result) {
    JsonArrayBuilder findings = JSON.createArrayBuilder();
    result.findings().forEach(found -> findings.add(json(found)));
    JsonArrayBuilder notes = JSON.createArrayBuilder();
    result.notes().forEach(notes::add);
    JsonObjectBuilder json =
        JSON.createObjectBuilder()
            .add("folder", folder.toString())
            .add("holds", result.findings().isEmpty())
            .add("from", result.from())
            .add("findings", findings)
            .add("unread", result.unread())
            .add("notes", notes)
            .add(
                "reports",
                JSON.createObjectBuilder()
                    .add("read", result.reports().reports())
                    .add("signed", result.reports().signed())
                    .add("endorsed", result.reports().endorsed()));
    result
        .head()
        .ifPresent(
            head ->
                json.add("size", head.size())
                    .add("origin", head.origin())
                    .add("root", head.root().hex()));
    return json.build();
  }

  private static JsonObjectBuilder json(FolderFinding found) {
    JsonObjectBuilder json =
        JSON.createObjectBuilder()
            .add("kind", found.finding().kind().name())
            .add("index", found.finding().index())
            .add("file", found.file())
            .add("detail", found.finding().detail());
    found.since().ifPresent(at -> json.add("heldUntil", at.toString()));
    return json;
  }
}
