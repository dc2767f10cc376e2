// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.problem;

import static io.vmattest.core.json.JsonImplementation.JSON;

import jakarta.json.JsonObject;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** The body of an error (RFC 9457). */
public final class ProblemResponse {
  public static final String MEDIA_TYPE = "application/problem+json";
  private static final String TYPE_PREFIX = "tag:vmattest.io,2026:problem/";

  private ProblemResponse() {}

  /**
   * An answer with a problem as its body.
   *
   * @param reason stable name of the kind of error, upper case
   * @param detail one sentence, for people
   * @param instance path of the request
   */
  public static Response of(int status, String reason, String detail, String instance) {
    byte[] body =
        json(status, reason, detail, instance).toString().getBytes(StandardCharsets.UTF_8);
    return Response.status(status).type(MediaType.valueOf(MEDIA_TYPE)).entity(body).build();
  }

  public static JsonObject json(int status, String reason, String detail, String instance) {
    return JSON.createObjectBuilder()
        .add("type", TYPE_PREFIX + reason.toLowerCase(Locale.ROOT).replace('_', '-'))
        .add("title", title(reason))
        .add("status", status)
        .add("detail", detail)
        .add("instance", instance)
        .add("reason", reason)
        .build();
  }

  private static String title(String reason) {
    String words =
        reason
            .toLowerCase(Locale.ROOT)
            .replace('_', ' ')
            .replaceAll("\\bvm\\b", "VM")
            .replaceAll("\\btee\\b", "TEE");
    return Character.toUpperCase(words.charAt(0)) + words.substring(1);
  }
}
