// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import io.vmattest.server.events.EventFeed;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import jakarta.ws.rs.sse.SseEventSink;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The clients of the live feed. */
@ApplicationScoped
public class LiveFeed {
  private static final int MOST_CLIENTS = 64;

  @Inject EventFeed events;

  private final Map<SseEventSink, Sse> clients = new ConcurrentHashMap<>();
  private final EventFeed.Listener listener = this::send;

  @PostConstruct
  void subscribe() {
    events.subscribe(listener);
  }

  @PreDestroy
  void unsubscribe() {
    events.unsubscribe(listener);
    clients.keySet().forEach(SseEventSink::close);
  }

  /**
   * Sends everything from now on to the client, until it goes.
   *
   * @throws ServiceException with BUSY if there are too many
   */
  public void add(Sse sse, SseEventSink sink) {
    clients.keySet().removeIf(SseEventSink::isClosed);
    if (clients.size() >= MOST_CLIENTS) {
      sink.close();
      throw new ServiceException(Problem.BUSY, "too many clients follow the live feed");
    }
    clients.put(sink, sse);
    // A first line lets the client see that it is subscribed.
    deliver(sink, sse.newEventBuilder().comment("subscribed").build());
  }

  private void send(String type, String json) {
    clients.forEach(
        (sink, sse) ->
            deliver(
                sink,
                sse.newEventBuilder()
                    .name(type)
                    .mediaType(MediaType.APPLICATION_JSON_TYPE)
                    .data(String.class, json)
                    .build()));
  }

  private void deliver(SseEventSink sink, OutboundSseEvent event) {
    if (sink.isClosed()) {
      clients.remove(sink);
      return;
    }
    sink.send(event)
        .whenComplete(
            (sent, failure) -> {
              if (failure != null) {
                clients.remove(sink);
                sink.close();
              }
            });
  }
}
