// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.problem;

import io.vmattest.server.problem.ServiceException;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;
import java.lang.System.Logger;
import org.jspecify.annotations.Nullable;

/** Everything else: the log gets the cause, the client gets none of it. */
@Provider
@SuppressWarnings("NullAway.Init")
public class UnexpectedMapper implements ExceptionMapper<Throwable> {
  private static final Logger LOG = System.getLogger(UnexpectedMapper.class.getName());
  private static final int DEEPEST = 8;

  @Context UriInfo uri;

  @Override
  public Response toResponse(Throwable e) {
    String instance = uri.getRequestUri().getPath();
    ServiceException service = service(e);
    if (service != null) {
      return ServiceExceptionMapper.answer(service, instance);
    }
    LOG.log(Logger.Level.ERROR, "request to " + instance + " failed", e);
    return ProblemResponse.of(500, "INTERNAL", WebExceptionMapper.detail(500), instance);
  }

  /** Containers wrap what a service throws while a transaction completes. */
  private static @Nullable ServiceException service(Throwable e) {
    Throwable cause = e;
    for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
      if (cause instanceof ServiceException service) {
        return service;
      }
      cause = cause.getCause();
    }
    return null;
  }
}
