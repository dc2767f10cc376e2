// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.server.events.EventPublisher;
import io.vmattest.server.events.ServerEvent;
import java.util.ArrayList;
import java.util.List;

/** Keeps what would go to the topic. */
final class CollectedEvents extends EventPublisher {
  final List<ServerEvent> events = new ArrayList<>();

  @Override
  public void publish(String id, ServerEvent event) {
    events.add(event);
  }

  List<ServerEvent.Type> types() {
    return events.stream().map(ServerEvent::type).toList();
  }
}
