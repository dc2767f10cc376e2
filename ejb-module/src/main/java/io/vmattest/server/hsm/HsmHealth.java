// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.hsm;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Readiness {@code hsm}: up if the token's keys can be used; else down, with the reason. */
@Readiness
@ApplicationScoped
public class HsmHealth implements HealthCheck {
  @Inject Hsm hsm;

  @Override
  public HealthCheckResponse call() {
    HsmState state = hsm.state();
    if (state instanceof HsmState.Ready ready) {
      return HealthCheckResponse.named("hsm")
          .up()
          .withData("generation", ready.generation())
          .withData("token", ready.token())
          .build();
    }
    String reason = state instanceof HsmState.Unavailable away ? away.reason() : "unknown";
    return HealthCheckResponse.named("hsm").down().withData("reason", reason).build();
  }
}
