// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import io.vmattest.server.events.EventFeed;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.Sse;
import jakarta.ws.rs.sse.SseEventSink;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The clients of the live feed. */
@ApplicationScoped
public class LiveFeed {
  static final int MOST_CLIENTS = 64;

  @Inject EventFeed events;

  private final Set<Follower> followers = ConcurrentHashMap.newKeySet();
  private final EventFeed.Listener listener = this::send;

  @PostConstruct
  void subscribe() {
    events.subscribe(listener);
  }

  @PreDestroy
  void unsubscribe() {
    events.unsubscribe(listener);
    followers.forEach(Follower::close);
  }

  /** Whether no further client can be taken. */
  public boolean isFull() {
    followers.removeIf(Follower::isGone);
    return followers.size() >= MOST_CLIENTS;
  }

  /** Sends everything from now on to the client, until it goes or falls too far behind. */
  public void add(Sse sse, SseEventSink sink) {
    Follower follower = new Follower(sse, sink);
    followers.add(follower);
    // A first line lets the client see that it is subscribed.
    follower.send(sse.newEventBuilder().comment("subscribed").build());
  }

  private void send(String type, String json) {
    followers.removeIf(Follower::isGone);
    followers.forEach(
        follower ->
            follower.send(
                follower
                    .newEvent()
                    .name(type)
                    .mediaType(MediaType.APPLICATION_JSON_TYPE)
                    .data(String.class, json)
                    .build()));
  }
}
