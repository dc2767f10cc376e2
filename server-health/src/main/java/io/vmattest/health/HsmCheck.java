// SPDX-License-Identifier: Apache-2.0
package io.vmattest.health;

import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** Readiness {@code hsm}: up if the token's keys can be used; else down, with the reason. */
@Readiness
@ApplicationScoped
public class HsmCheck implements HealthCheck {
  public static final String PART = "hsm";

  @Override
  public HealthCheckResponse call() {
    PartHealth health = PartHealth.of(PART);
    HealthCheckResponseBuilder answer = HealthCheckResponse.named(PART).status(health.up());
    health.data().forEach(answer::withData);
    return answer.build();
  }
}
