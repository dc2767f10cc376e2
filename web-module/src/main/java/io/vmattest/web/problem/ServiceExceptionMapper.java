// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.problem;

import io.vmattest.server.problem.ServiceException;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;

/** The services' failures, each kind with its status. */
@Provider
@SuppressWarnings("NullAway.Init")
public class ServiceExceptionMapper implements ExceptionMapper<ServiceException> {
  @Context UriInfo uri;

  @Override
  public Response toResponse(ServiceException e) {
    return answer(e, uri.getRequestUri().getPath());
  }

  /** What a service's failure is answered with. */
  static Response answer(ServiceException e, String instance) {
    return ProblemResponse.of(
        ProblemStatus.of(e.problem()), e.problem().name(), e.detail(), instance);
  }
}
