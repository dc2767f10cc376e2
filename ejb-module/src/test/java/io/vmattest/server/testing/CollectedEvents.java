// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.testing;

import io.vmattest.server.events.EventPublisher;
import io.vmattest.server.events.ServerEvent;
import java.util.ArrayList;
import java.util.List;

/** Keeps what would go to the topic. */
public final class CollectedEvents extends EventPublisher {
  public final List<ServerEvent> events = new ArrayList<>();

  @Override
  public void publishAll(List<Identified> news) {
    news.forEach(identified -> events.add(identified.event()));
  }

  public List<ServerEvent.Type> types() {
    return events.stream().map(ServerEvent::type).toList();
  }
}
