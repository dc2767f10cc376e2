// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.archive;

import io.vmattest.core.guest.GuestDocument;
import io.vmattest.core.report.Digest;

/** What is in a file of bodies, by their names; the ZIP comment of a member is its key's id. */
public final class ArchiveMember {
  /** No member is longer: a compressed document, and what its encryption adds. */
  static final int MAX_SIZE = GuestDocument.MAX_COMPRESSED + 1024;

  /** No file has more entries' bodies, each with one document at most. */
  public static final int MOST_ENTRIES = 4096;

  /** At so many bytes of bodies and documents a file ends. */
  public static final long MOST_BYTES = ArchiveReader.MAX_FILE / 4;

  static final int MOST_MEMBERS = 2 * MOST_ENTRIES;

  private ArchiveMember() {}

  /** The body of an entry. */
  public static String ofEntry(long index) {
    return "entry/" + index;
  }

  /** What was seen of a report's guest. */
  public static String ofGuest(Digest report) {
    return "guest/" + report.hex();
  }
}
