// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.witness;

import io.vmattest.core.tlog.MalformedTlogException;
import io.vmattest.core.tlog.NoteKey;
import io.vmattest.core.tlog.SignatureType;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A witness: where it takes checkpoints, and the key by which it is believed.
 *
 * @param prefix URL in front of /add-checkpoint, without a slash at its end
 * @param key that makes cosignatures
 */
public record WitnessSettings(URI prefix, NoteKey key) {
  /** More would not leave room for all signatures of a note. */
  static final int MOST = 16;

  private static final long MAX_FILE = 64 * 1024;

  /**
   * Reads a file with a witness a line, KEY URL; blank lines and lines that begin with # are
   * skipped.
   *
   * @throws IOException if it cannot be read, or holds something else; the line is named
   */
  public static List<WitnessSettings> read(Path file) throws IOException {
    if (Files.size(file) > MAX_FILE) {
      throw new IOException(file + " has more than " + MAX_FILE + " bytes");
    }
    List<WitnessSettings> witnesses = new ArrayList<>();
    int number = 0;
    for (String line : Files.readAllLines(file)) {
      number++;
      String text = line.strip();
      if (!text.isEmpty() && !text.startsWith("#")) {
        witnesses.add(parse(text, file + ", line " + number));
      }
    }
    long keys = witnesses.stream().map(w -> w.key().name() + " " + w.key().id()).distinct().count();
    if (witnesses.size() > MOST || keys != witnesses.size()) {
      throw new IOException(file + " names a witness twice, or more than " + MOST);
    }
    return witnesses;
  }

  private static WitnessSettings parse(String line, String where) throws IOException {
    String[] parts = line.split("\\s+");
    if (parts.length != 2) {
      throw new IOException(where + ": a witness is KEY URL");
    }
    try {
      NoteKey key = NoteKey.parse(parts[0]);
      if (key.type() != SignatureType.COSIGNATURE) {
        throw new IOException(where + ": " + key.name() + " makes no cosignatures (type 0x04)");
      }
      return new WitnessSettings(url(parts[1]), key);
    } catch (MalformedTlogException | IllegalArgumentException e) {
      throw new IOException(where + ": " + e.getMessage(), e);
    }
  }

  private static URI url(String text) {
    URI uri = URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
    boolean isHttp = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
    if (!isHttp || uri.getHost() == null || uri.getQuery() != null || uri.getFragment() != null) {
      throw new IllegalArgumentException("no http or https URL: " + text);
    }
    return uri;
  }
}
