// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.input;

import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.ws.rs.core.HttpHeaders;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The field {@code Idempotency-Key} (draft-ietf-httpapi-idempotency-key-header-07, 2): a String of
 * Structured Fields (RFC 9651, 3.3.3), here without escapes.
 */
public final class IdempotencyKey {
  public static final String FIELD = "Idempotency-Key";

  private static final Pattern STRING = Pattern.compile("\"([ !#-\\[\\]-~]{1,255})\"");

  private IdempotencyKey() {}

  /**
   * @throws ServiceException with INVALID_REQUEST
   */
  public static Optional<String> of(HttpHeaders headers) {
    List<String> fields = headers.getRequestHeader(FIELD);
    return fields == null || fields.isEmpty() ? Optional.empty() : Optional.of(parse(fields));
  }

  static String parse(List<String> fields) {
    Matcher key = STRING.matcher(fields.get(0).strip());
    if (fields.size() > 1 || !key.matches()) {
      throw new ServiceException(
          Problem.INVALID_REQUEST,
          FIELD + " is one string of 1 to 255 printable characters in double quotes");
    }
    return key.group(1);
  }
}
