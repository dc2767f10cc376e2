// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.NameBinding;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.ext.Provider;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Refuses a client too many of the live feed. Once the resource has its sink, the answer is begun
 * and can be no other.
 */
@Provider
@ApplicationScoped
@FollowersLimit.Applies
public class FollowersLimit implements ContainerRequestFilter {
  /** Marks what is limited. */
  @NameBinding
  @Retention(RetentionPolicy.RUNTIME)
  @Target({ElementType.TYPE, ElementType.METHOD})
  public @interface Applies {}

  @Inject LiveFeed feed;

  @Override
  public void filter(ContainerRequestContext request) {
    if (feed.isFull()) {
      throw new ServiceException(Problem.BUSY, "too many clients follow the live feed");
    }
  }
}
