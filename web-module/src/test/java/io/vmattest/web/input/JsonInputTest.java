// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.input;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.web.problem.BodyTooLargeException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonInputTest {
  @Test
  void readsEveryTypeOfField() {
    JsonInput input =
        read(
            "{\"text\":\"a\",\"flag\":true,\"whole\":-7,\"texts\":[\"x\",\"y\"],\"bytes\":\"AAECAw\"}");
    assertEquals(Optional.of("a"), input.text("text"));
    assertTrue(input.flag("flag"));
    assertEquals(Optional.of(-7L), input.whole("whole"));
    assertEquals(Optional.of(Set.of("x", "y")), input.texts("texts"));
    assertArrayEquals(new byte[] {0, 1, 2, 3}, input.base64url("bytes", 1, 4).orElseThrow());
  }

  @Test
  void takesFieldsThatAreMissingForAbsent() {
    JsonInput input = read("{}");
    assertFalse(input.flag("flag"));
    assertTrue(input.text("text").isEmpty());
    assertTrue(input.base64url("bytes", 1, 4).isEmpty());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "[]",
        "null",
        "\"a\"",
        "{",
        "{}x",
        "{} {}",
        "{\"text\":",
        "{\"text\":1,}",
        "{\"other\":1}",
        "{\"text\":\"a\",\"text\":\"b\"}",
        "{\"text\":null}",
        "{\"text\":{}}",
        "{\"whole\":1.5}",
        "{\"whole\":1e3}",
        "{\"whole\":99999999999999999999}",
        "{\"texts\":[1]}",
        "{\"texts\":[[\"a\"]]}",
        "{\"texts\":[\"a\"",
        "{\"flag\":tru}"
      })
  void refusesWhatIsNotTheExpectedObject(String body) {
    assertRefused(() -> read(body));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"text\":true}", "{\"text\":1}", "{\"text\":[\"a\"]}"})
  void refusesFieldsOfTheWrongType(String body) {
    assertRefused(() -> read(body).text("text"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"AA", "AAECAwQ", "AAEC+/", "A", "====", "ä"})
  void refusesBytesThatAreMalformedOrOutOfBounds(String bytes) {
    assertRefused(() -> read("{\"bytes\":\"" + bytes + "\"}").base64url("bytes", 2, 4));
  }

  @Test
  void refusesDeepNestingWithoutFollowingIt() {
    assertRefused(() -> read("{\"text\":".repeat(5000)));
    assertRefused(() -> read("{\"texts\":" + "[".repeat(50000)));
  }

  @Test
  void refusesABodyThatBreaksOff() {
    InputStream broken =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("connection reset");
          }
        };
    assertRefused(() -> JsonInput.read(broken, "text"));
  }

  @Test
  void refusesMoreThanTheLimitWhateverItsAnnouncedLength() {
    byte[] body = new byte[BodyLimitFilter.LIMIT + 1];
    assertThrows(
        BodyTooLargeException.class,
        () ->
            new BodyLimitFilter.Counting(new ByteArrayInputStream(body), BodyLimitFilter.LIMIT)
                .readAllBytes());
  }

  @Test
  void letsThroughExactlyTheLimit() throws IOException {
    byte[] body = new byte[BodyLimitFilter.LIMIT];
    assertEquals(
        BodyLimitFilter.LIMIT,
        new BodyLimitFilter.Counting(new ByteArrayInputStream(body), BodyLimitFilter.LIMIT)
            .readAllBytes()
            .length);
  }

  private static JsonInput read(String body) {
    return JsonInput.read(
        new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)),
        "text",
        "flag",
        "whole",
        "texts",
        "bytes");
  }

  private static void assertRefused(Executable work) {
    assertEquals(Problem.INVALID_REQUEST, assertThrows(ServiceException.class, work).problem());
  }
}
