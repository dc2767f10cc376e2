// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.rest.Vm;
import io.vmattest.cli.settings.UsageException;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Which of a VM's reports is meant: by its digest, or by its number. */
record ReportReference(String text) {
  private static final Pattern DIGEST = Pattern.compile("[0-9a-fA-F]{64}");
  private static final Pattern SEQUENCE = Pattern.compile("[1-9][0-9]{0,17}");

  /** Takes one from the command line. */
  static final class Converter implements ITypeConverter<ReportReference> {
    @Override
    public ReportReference convert(String value) {
      if (!DIGEST.matcher(value).matches() && !SEQUENCE.matcher(value).matches()) {
        throw new TypeConversionException(
            "\"" + value + "\" is neither a report's digest nor its number");
      }
      return new ReportReference(value);
    }
  }

  /**
   * @param vm whose number it is, if it is one
   * @throws IOException if there is no such report
   */
  String digest(RestClient client, Optional<Vm> vm) throws IOException {
    if (vm.isEmpty() && !DIGEST.matcher(text).matches()) {
      throw new UsageException(text + " is a report's number only with --vm.");
    }
    return vm.isPresent() ? digest(client, vm.get()) : text.toLowerCase(Locale.ROOT);
  }

  /**
   * @throws IOException if there is no such report
   */
  String digest(RestClient client, Vm vm) throws IOException {
    if (DIGEST.matcher(text).matches()) {
      return text.toLowerCase(Locale.ROOT);
    }
    long sequence = Long.parseLong(text);
    List<JsonObject> reports =
        Answers.objects(
            client.get(vm.path() + "/attestations?after=" + (sequence - 1) + "&limit=1"),
            "attestations");
    for (JsonObject report : reports) {
      if (Answers.integer(report, "sequence") == sequence) {
        return Answers.text(report, "digest");
      }
    }
    throw new IOException("The virtual machine has no report number " + sequence + ".");
  }
}
