// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.RestClient;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Which of a VM's reports is meant: by its digest, or by its number. */
final class ReportReference {
  private static final Pattern DIGEST = Pattern.compile("[0-9a-fA-F]{64}");
  private static final Pattern SEQUENCE = Pattern.compile("[1-9][0-9]{0,17}");

  private ReportReference() {}

  /**
   * @param vm the VM's path
   * @throws IOException if it is neither, or there is no such report
   */
  static String digest(RestClient client, String vm, String reference) throws IOException {
    if (DIGEST.matcher(reference).matches()) {
      return reference.toLowerCase(Locale.ROOT);
    }
    if (!SEQUENCE.matcher(reference).matches()) {
      throw new IOException("\"" + reference + "\" is neither a report's digest nor its number.");
    }
    long sequence = Long.parseLong(reference);
    List<JsonObject> reports =
        Answers.objects(
            client.get(vm + "/attestations?after=" + (sequence - 1) + "&limit=1"), "attestations");
    for (JsonObject report : reports) {
      if (Answers.integer(report, "sequence") == sequence) {
        return Answers.text(report, "digest");
      }
    }
    throw new IOException("The virtual machine has no report number " + sequence + ".");
  }
}
