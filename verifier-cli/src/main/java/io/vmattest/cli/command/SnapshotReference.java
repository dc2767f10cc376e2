// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.rest.Vm;
import io.vmattest.cli.settings.UsageException;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** A snapshot as people name it: by its digest, or by enough of its beginning. */
final class SnapshotReference {
  private static final Pattern WHOLE = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern BEGINNING = Pattern.compile("[0-9a-f]{6,64}");

  private SnapshotReference() {}

  /**
   * The whole digest.
   *
   * @throws UsageException if it is no digest
   * @throws IOException also if no snapshot begins so, or several do
   */
  static String digest(RestClient client, Vm machine, String text) throws IOException {
    String wanted = text.toLowerCase(Locale.ROOT);
    if (!BEGINNING.matcher(wanted).matches()) {
      throw new UsageException(
          "\"" + text + "\" is no digest; at least its first 6 hexadecimal digits are needed.");
    }
    if (WHOLE.matcher(wanted).matches()) {
      return wanted;
    }
    List<String> found = new ArrayList<>();
    for (JsonObject snapshot :
        Answers.objects(client.get(machine.path() + "/snapshots"), "snapshots")) {
      String digest = Answers.text(snapshot, "digest");
      if (digest.startsWith(wanted) && WHOLE.matcher(digest).matches()) {
        found.add(digest);
      }
    }
    if (found.size() != 1) {
      throw new IOException(
          found.isEmpty()
              ? "No snapshot begins with \"" + text + "\"."
              : "Several snapshots begin with \"" + text + "\"; give more digits.");
    }
    return found.get(0);
  }
}
