// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.attestation;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import java.util.UUID;

/** Tells those who keep the store small that there may be another snapshot. */
@ApplicationScoped
public class SnapshotNews {
  @Inject Event<SnapshotKept> kept;

  public void kept(UUID vm) {
    kept.fire(new SnapshotKept(vm));
  }
}
