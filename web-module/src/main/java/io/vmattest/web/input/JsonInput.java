// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.input;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.json.JsonException;
import jakarta.json.stream.JsonParser;
import jakarta.json.stream.JsonParserFactory;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;

/**
 * One JSON object of a request, read strictly: a field that is unknown, doubled or of the wrong
 * type is an INVALID_REQUEST.
 */
public final class JsonInput {
  private static final int MOST_ITEMS = 256;
  private static final JsonParserFactory PARSERS = JSON.createParserFactory(Map.of());

  private final Map<String, Object> values;

  private JsonInput(Map<String, Object> values) {
    this.values = values;
  }

  /**
   * Reads the body; of nested values, only lists of strings are taken.
   *
   * @param fields the names that may occur
   * @throws ServiceException with INVALID_REQUEST
   */
  public static JsonInput read(InputStream body, String... fields) {
    Set<String> known = Set.of(fields);
    try (JsonParser parser =
        PARSERS.createParser(new ByteArrayInputStream(bytes(body)), StandardCharsets.UTF_8)) {
      return new JsonInput(object(parser, known));
    } catch (JsonException | IllegalStateException | NoSuchElementException e) {
      throw new ServiceException(Problem.INVALID_REQUEST, "the body is not a JSON object", e);
    }
  }

  private static Map<String, Object> object(JsonParser parser, Set<String> known) {
    if (!parser.hasNext() || parser.next() != JsonParser.Event.START_OBJECT) {
      throw invalid("the body is not a JSON object");
    }
    Map<String, Object> values = new HashMap<>();
    while (parser.next() == JsonParser.Event.KEY_NAME) {
      String name = parser.getString();
      if (!known.contains(name)) {
        throw invalid("unknown field: " + name);
      }
      if (values.put(name, value(parser, name)) != null) {
        throw invalid("field given twice: " + name);
      }
    }
    if (parser.hasNext()) {
      throw invalid("something follows the JSON object");
    }
    return values;
  }

  private static Object value(JsonParser parser, String name) {
    return switch (parser.next()) {
      case VALUE_STRING -> parser.getString();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NUMBER -> whole(parser, name);
      case START_ARRAY -> list(parser, name);
      default -> throw invalid(name + " is neither a text, a number, a list nor true or false");
    };
  }

  private static Long whole(JsonParser parser, String name) {
    String text = parser.getString();
    try {
      return Long.valueOf(text);
    } catch (NumberFormatException e) {
      throw new ServiceException(
          Problem.INVALID_REQUEST, name + " is not a whole number in range", e);
    }
  }

  private static List<String> list(JsonParser parser, String name) {
    List<String> items = new ArrayList<>();
    JsonParser.Event event = parser.next();
    while (event == JsonParser.Event.VALUE_STRING && items.size() < MOST_ITEMS) {
      items.add(parser.getString());
      event = parser.next();
    }
    if (event != JsonParser.Event.END_ARRAY) {
      throw invalid(name + " is a list of at most " + MOST_ITEMS + " strings");
    }
    return items;
  }

  private static byte[] bytes(InputStream body) {
    try {
      return body.readNBytes(BodyLimitFilter.LIMIT + 1);
    } catch (IOException e) {
      throw new ServiceException(
          Problem.INVALID_REQUEST, "the body ended before it was complete", e);
    }
  }

  /** False if it is not given. */
  public boolean flag(String name) {
    return value(name, Boolean.class, "true or false").orElse(false);
  }

  public Optional<String> text(String name) {
    return value(name, String.class, "a string");
  }

  public Optional<Long> whole(String name) {
    return value(name, Long.class, "a whole number");
  }

  /** Days, hours, minutes and seconds as ISO 8601 has them, such as P30D or PT12H. */
  public Optional<Duration> duration(String name) {
    return text(name)
        .map(
            text -> {
              try {
                return Duration.parse(text);
              } catch (DateTimeParseException e) {
                throw new ServiceException(
                    Problem.INVALID_REQUEST, name + " is a duration such as P30D or PT12H", e);
              }
            });
  }

  public Optional<Set<String>> texts(String name) {
    return value(name, List.class, "a list of strings")
        .map(
            list -> {
              Set<String> texts = new LinkedHashSet<>();
              for (Object item : list) {
                texts.add((String) item);
              }
              return texts;
            });
  }

  private <T> Optional<T> value(String name, Class<T> type, String words) {
    Object value = values.get(name);
    if (value != null && !type.isInstance(value)) {
      throw invalid(name + " is " + words);
    }
    return Optional.ofNullable(value).map(type::cast);
  }

  /** Bytes in base64url (RFC 4648, 5), padded or not. */
  public Optional<byte[]> base64url(String name, int least, int most) {
    return text(name)
        .map(
            text -> {
              byte[] bytes = decode(name, text);
              if (bytes.length < least || bytes.length > most) {
                throw invalid(
                    "%s has %d to %d bytes, not %d".formatted(name, least, most, bytes.length));
              }
              return bytes;
            });
  }

  private static byte[] decode(String name, String text) {
    try {
      return Base64.getUrlDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw new ServiceException(Problem.INVALID_REQUEST, name + " is not base64url", e);
    }
  }

  private static ServiceException invalid(String message) {
    return new ServiceException(Problem.INVALID_REQUEST, message);
  }
}
