// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.problem;

import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;

/** Answers a body over the limit (RFC 9110, 15.5.14). */
@Provider
@SuppressWarnings("NullAway.Init")
public class BodyTooLargeMapper implements ExceptionMapper<BodyTooLargeException> {
  private static final int CONTENT_TOO_LARGE = 413;

  @Context UriInfo uri;

  @Override
  public Response toResponse(BodyTooLargeException e) {
    return ProblemResponse.of(
        CONTENT_TOO_LARGE,
        WebExceptionMapper.reason(CONTENT_TOO_LARGE),
        WebExceptionMapper.detail(CONTENT_TOO_LARGE),
        uri.getRequestUri().getPath());
  }
}
