// SPDX-License-Identifier: Apache-2.0
package io.vmattest.health;

import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/**
 * Readiness {@code rollbacks}: the VMs that stand paused since the outcome of their rollback is not
 * decided ({@code inDoubt}), and those of them that a person has to decide ({@code resolvable}).
 * Always up: the server serves all other VMs meanwhile, is needed for the decision, and no restart
 * and no other server would make it; to be alarmed by, watch the data. Among the readiness checks
 * and not among those of liveness, for a restart is just what does not help.
 */
@Readiness
@ApplicationScoped
public class RollbacksCheck implements HealthCheck {
  public static final String PART = "rollbacks";

  @Override
  public HealthCheckResponse call() {
    HealthCheckResponseBuilder answer = HealthCheckResponse.named(PART).up();
    PartHealth.of(PART).data().forEach(answer::withData);
    return answer.build();
  }
}
