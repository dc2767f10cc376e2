// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.rest;

import static io.vmattest.core.json.JsonImplementation.JSON;

import jakarta.json.JsonObject;
import java.io.IOException;

/** The server refused; it says why by problem details (RFC 9457). */
public final class ProblemException extends IOException {
  private static final long serialVersionUID = 1L;
  private final int status;
  private final transient JsonObject problem;

  ProblemException(int status, JsonObject problem) {
    super(sentence(status, problem));
    this.status = status;
    this.problem = problem;
  }

  /** For an answer that is no problem document. */
  static ProblemException withoutDetails(int status) {
    return new ProblemException(
        status,
        JSON.createObjectBuilder()
            .add("title", "The server answers " + status)
            .add("status", status)
            .build());
  }

  private static String sentence(int status, JsonObject problem) {
    String title = problem.getString("title", "The server answers " + status);
    String detail = problem.getString("detail", "");
    return detail.isEmpty() ? title + "." : title + ": " + detail;
  }

  public int status() {
    return status;
  }

  public JsonObject problem() {
    return problem;
  }
}
