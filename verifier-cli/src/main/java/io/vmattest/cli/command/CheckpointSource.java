// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.rest.ProblemException;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.settings.LogKeyOption;
import io.vmattest.core.tlog.MalformedTlogException;
import io.vmattest.core.tlog.NoteKey;
import io.vmattest.core.tlog.SignedNote;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * The latest checkpoint as a server shows it, which is not believed yet, and the keys by which it
 * is to be believed.
 *
 * @param keysFromServer whether the server itself named the keys
 */
record CheckpointSource(SignedNote note, List<NoteKey> keys, boolean keysFromServer) {
  private static final int NOT_FOUND = 404;
  private static final String TEXT = "text/plain";

  /**
   * @param known the log's keys, where they are known without the server
   * @return nothing if there is no checkpoint yet
   */
  static Optional<CheckpointSource> fetch(RestClient client, Optional<List<NoteKey>> known)
      throws IOException {
    Optional<SignedNote> note = note(client);
    if (note.isEmpty()) {
      return Optional.empty();
    }
    // After the checkpoint: the key that signed it is among them, even if it is quite new.
    List<NoteKey> keys = known.isPresent() ? known.get() : keysOf(client);
    return Optional.of(new CheckpointSource(note.get(), keys, known.isEmpty()));
  }

  private static Optional<SignedNote> note(RestClient client) throws IOException {
    try {
      return Optional.of(SignedNote.parse(client.getBytes("/ledger/checkpoint", TEXT)));
    } catch (ProblemException e) {
      if (e.status() == NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    } catch (MalformedTlogException e) {
      throw new IOException("The server's checkpoint is no signed note: " + e.getMessage(), e);
    }
  }

  /** The keys that a server names as its log's. */
  static List<NoteKey> keysOf(RestClient client) throws IOException {
    return LogKeyOption.parse(client.getBytes("/ledger/keys", TEXT), "The server's keys");
  }
}
