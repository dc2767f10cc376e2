// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import java.util.UUID;

/** Tells what has to follow a rollback. */
@ApplicationScoped
public class RollbackNews {
  @Inject Event<RolledBack> done;

  public void rolledBack(UUID vm) {
    done.fire(new RolledBack(vm));
  }
}
