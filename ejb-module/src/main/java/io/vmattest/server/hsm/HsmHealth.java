// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.hsm;

import io.vmattest.health.HsmCheck;
import io.vmattest.health.PartHealth;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.inject.Inject;
import java.util.Map;

/** Answers the server's health check for the token. */
@Singleton
@Startup
public class HsmHealth {
  @Inject Hsm hsm;

  @PostConstruct
  void start() {
    PartHealth.tell(HsmCheck.PART, () -> of(hsm.state()));
  }

  @PreDestroy
  void stop() {
    PartHealth.forget(HsmCheck.PART);
  }

  static PartHealth of(HsmState state) {
    if (state instanceof HsmState.Ready ready) {
      return new PartHealth(
          true, Map.of("generation", Integer.toString(ready.generation()), "token", ready.token()));
    }
    String reason = state instanceof HsmState.Unavailable away ? away.reason() : "unknown";
    return new PartHealth(false, Map.of("reason", reason));
  }
}
