// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.rest;

import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Reads members of the server's answers, which may lack them or have others in their place. */
public final class Answers {
  private Answers() {}

  public static String text(JsonObject object, String member) throws IOException {
    if (object.get(member) instanceof JsonString text) {
      return text.getString();
    }
    throw missing(member);
  }

  public static double number(JsonObject object, String member) throws IOException {
    if (object.get(member) instanceof JsonNumber number) {
      return number.doubleValue();
    }
    throw missing(member);
  }

  public static long integer(JsonObject object, String member) throws IOException {
    if (object.get(member) instanceof JsonNumber number) {
      return number.longValue();
    }
    throw missing(member);
  }

  public static JsonObject object(JsonObject object, String member) throws IOException {
    if (object.get(member) instanceof JsonObject value) {
      return value;
    }
    throw missing(member);
  }

  /** The objects of an array. */
  public static List<JsonObject> objects(JsonObject object, String member) throws IOException {
    if (!(object.get(member) instanceof jakarta.json.JsonArray array)) {
      throw missing(member);
    }
    List<JsonObject> objects = new ArrayList<>();
    for (JsonValue value : array) {
      if (!(value instanceof JsonObject item)) {
        throw missing(member);
      }
      objects.add(item);
    }
    return objects;
  }

  /** The strings of an array. */
  public static List<String> texts(JsonObject object, String member) throws IOException {
    if (!(object.get(member) instanceof jakarta.json.JsonArray array)) {
      throw missing(member);
    }
    List<String> texts = new ArrayList<>();
    for (JsonValue value : array) {
      if (!(value instanceof JsonString text)) {
        throw missing(member);
      }
      texts.add(text.getString());
    }
    return texts;
  }

  private static IOException missing(String member) {
    return new IOException("The server's answer lacks \"" + member + "\".");
  }
}
