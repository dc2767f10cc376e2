// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.output;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.rest.ProblemException;
import jakarta.json.JsonObject;
import jakarta.json.JsonWriter;
import jakarta.json.stream.JsonGenerator;
import java.io.PrintStream;
import java.io.StringWriter;
import java.util.Map;
import java.util.Optional;

/**
 * The two streams: answers on one, everything else on the other. With JSON asked for, the first
 * carries one JSON document and nothing else.
 */
public final class Output {
  private final PrintStream out;
  private final PrintStream err;
  private boolean json;

  public Output(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /** Asks for JSON from now on. */
  public void useJson(boolean wanted) {
    json = wanted;
  }

  public boolean isJson() {
    return json;
  }

  /** One line of the answer for people; with JSON asked for, it goes to the second stream. */
  public void line(String text) {
    (json ? err : out).println(Plain.text(text));
  }

  /** One line about what goes on. */
  public void note(String text) {
    err.println(Plain.text(text));
  }

  /** The answer as JSON, if that was asked for. */
  public void json(JsonObject document) {
    if (!json) {
      return;
    }
    StringWriter text = new StringWriter();
    try (JsonWriter writer =
        JSON.createWriterFactory(Map.of(JsonGenerator.PRETTY_PRINTING, true)).createWriter(text)) {
      writer.writeObject(document);
    }
    out.println(text.toString().strip());
  }

  /** Says why nothing came of it. */
  public void failure(Exception exception) {
    err.println("vmattest: " + Plain.text(sentence(exception)));
    JsonObject problem =
        exception instanceof ProblemException p
            ? p.problem()
            : JSON.createObjectBuilder().add("detail", sentence(exception)).build();
    json(JSON.createObjectBuilder().add("problem", problem).build());
  }

  private static String sentence(Exception exception) {
    return Optional.ofNullable(exception.getMessage())
        .filter(message -> !message.isBlank())
        .orElse(exception.getClass().getSimpleName());
  }

  PrintStream progressStream() {
    return err;
  }
}
