// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.problem;

import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;
import java.util.List;

/** What the REST container itself refuses: unknown paths, methods, media types, roles. */
@Provider
@SuppressWarnings("NullAway.Init")
public class WebExceptionMapper implements ExceptionMapper<WebApplicationException> {
  @Context UriInfo uri;

  @Override
  public Response toResponse(WebApplicationException e) {
    Response given = e.getResponse();
    if (given.getStatus() < 400) {
      return given;
    }
    Response problem =
        ProblemResponse.of(
            given.getStatus(),
            reason(given.getStatus()),
            detail(given.getStatus()),
            uri.getRequestUri().getPath());
    List<Object> allow = given.getHeaders().get(HttpHeaders.ALLOW);
    return allow == null || allow.isEmpty()
        ? problem
        : Response.fromResponse(problem).header(HttpHeaders.ALLOW, allow.get(0)).build();
  }

  /** Stable name for a status of the container's own. */
  static String reason(int status) {
    return switch (status) {
      case 400 -> "INVALID_REQUEST";
      case 401 -> "NOT_AUTHENTICATED";
      case 403 -> "NOT_ALLOWED";
      case 404 -> "NO_SUCH_RESOURCE";
      case 405 -> "METHOD_NOT_ALLOWED";
      case 406 -> "NOT_ACCEPTABLE";
      case 413 -> "BODY_TOO_LARGE";
      case 415 -> "UNSUPPORTED_MEDIA_TYPE";
      default -> status < 500 ? "REFUSED" : "INTERNAL";
    };
  }

  /** The container's own messages name its classes; these do not. */
  static String detail(int status) {
    return switch (status) {
      case 400 -> "the request is malformed";
      case 401 -> "a client certificate is needed";
      case 403 -> "the client's roles do not allow this";
      case 404 -> "there is nothing under this path";
      case 405 -> "the method is not allowed here";
      case 406 -> "none of the accepted media types can be given";
      case 413 -> "the body is larger than 64 KiB";
      case 415 -> "the body's media type is not supported; send application/json";
      default -> status < 500 ? "the request is refused" : "the server failed; its log says why";
    };
  }
}
