// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.libvirt;

import static io.vmattest.core.json.JsonImplementation.JSON;

import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.StringReader;

/** QEMU's monitor protocol, by way of libvirt. */
public final class Qmp {
  /** The largest answer that is parsed, in characters. */
  private static final int MAX_ANSWER = 4 << 20;

  private final GuestDomain domain;

  public Qmp(GuestDomain domain) {
    this.domain = domain;
  }

  public JsonValue execute(String command) throws LibvirtFailure {
    return execute(command, JsonValue.EMPTY_JSON_OBJECT);
  }

  /**
   * @param descriptors passed to QEMU with the command
   * @throws QmpException if QEMU answers with an error
   */
  public JsonValue execute(String command, JsonObject arguments, int... descriptors)
      throws LibvirtFailure {
    String text =
        JSON.createObjectBuilder()
            .add("execute", command)
            .add("arguments", arguments)
            .build()
            .toString();
    return answer(command, domain.monitorCommand(text, descriptors));
  }

  /** What an answer says. */
  static JsonValue answer(String command, String text) throws LibvirtFailure {
    JsonObject answer = parse(command, text);
    if (answer.get("error") instanceof JsonObject error) {
      throw new QmpException(command, error.getString("class", ""), error.getString("desc", ""));
    }
    JsonValue value = answer.get("return");
    if (value == null) {
      throw LibvirtFailure.malformedAnswer(command, "neither return nor error");
    }
    return value;
  }

  private static JsonObject parse(String command, String text) throws LibvirtFailure {
    if (text.length() > MAX_ANSWER) {
      throw LibvirtFailure.malformedAnswer(command, text.length() + " characters are too many");
    }
    try (JsonReader reader = JSON.createReader(new StringReader(text))) {
      return reader.readObject();
    } catch (RuntimeException e) {
      // Also where it is nested so deeply that the parser gives up, for which it has no type.
      throw LibvirtFailure.malformedAnswer(command, String.valueOf(e.getMessage()));
    }
  }
}
