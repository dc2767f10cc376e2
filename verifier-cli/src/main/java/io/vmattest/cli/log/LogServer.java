// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.log;

import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.EntryAnswer;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.settings.LogKeyOption;
import io.vmattest.core.tlog.EntryBundle;
import io.vmattest.core.tlog.MalformedTlogException;
import io.vmattest.core.tlog.NoteKey;
import io.vmattest.core.tlog.SignedNote;
import io.vmattest.core.tlog.TilePath;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A log as its server gives it; nothing of that is believed.
 *
 * @param client of the server
 */
public record LogServer(RestClient client) {
  private static final String TEXT = "text/plain";
  private static final String OCTETS = "application/octet-stream";
  private static final int PAGE = 100;

  SignedNote checkpoint() throws IOException {
    return parsed(client.getBytes("/ledger/checkpoint", TEXT));
  }

  /** The keys that the server names as its log's. */
  public List<NoteKey> keys() throws IOException {
    return LogKeyOption.parse(client.getBytes("/ledger/keys", TEXT), "The server's keys");
  }

  EntryBundle bundle(TilePath path) throws IOException {
    try {
      return EntryBundle.parse(client.getBytes("/ledger/" + path.format(), OCTETS), path.width());
    } catch (MalformedTlogException e) {
      throw new IOException("The server's " + path + " is none: " + e.getMessage() + ".", e);
    }
  }

  /**
   * Bodies of some entries that follow one another, by their indexes.
   *
   * @param after index of the one before the first; -1 from the start
   * @param last index of the last one that is wanted; there may be fewer
   */
  Map<Long, byte[]> bodies(long after, long last) throws IOException {
    long limit = Math.min(PAGE, last - after);
    String from = after < 0 ? "" : "&after=" + after;
    JsonObject page = client.get("/ledger/entries?bodies=true&limit=" + limit + from);
    Map<Long, byte[]> bodies = new LinkedHashMap<>();
    for (JsonObject entry : Answers.objects(page, "entries")) {
      EntryAnswer answer = EntryAnswer.of(entry);
      bodies.put(answer.data().index(), answer.body());
    }
    return bodies;
  }

  /** Checkpoints larger than one, the smallest first, by their sizes; empty if there are none. */
  Map<Long, SignedNote> checkpoints(long above) throws IOException {
    String from = above < 0 ? "" : "&after=" + above;
    JsonObject page = client.get("/ledger/checkpoints?limit=" + PAGE + from);
    Map<Long, SignedNote> notes = new LinkedHashMap<>();
    for (JsonObject checkpoint : Answers.objects(page, "checkpoints")) {
      byte[] note = Answers.text(checkpoint, "checkpoint").getBytes(StandardCharsets.UTF_8);
      notes.put(Answers.integer(checkpoint, "size"), parsed(note));
    }
    return notes;
  }

  private static SignedNote parsed(byte[] note) throws IOException {
    try {
      return SignedNote.parse(note);
    } catch (MalformedTlogException e) {
      throw new IOException("The server's checkpoint is no signed note: " + e.getMessage(), e);
    }
  }
}
