// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.server.events.EventFeed;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import jakarta.ws.rs.sse.SseEventSink;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LiveFeedTest {
  private final EventFeed events = new EventFeed();
  private final LiveFeed feed = new LiveFeed();
  private final FollowersLimit limit = new FollowersLimit();

  @BeforeEach
  void open() {
    feed.events = events;
    feed.subscribe();
    limit.feed = feed;
  }

  @Test
  void aClientIsToldThatItIsSubscribedAndThenEveryEvent() {
    Client client = new Client();
    follow(client);
    events.broadcast("VERDICT", "{}");
    assertEquals(2, client.unsent.size());
  }

  @Test
  void aClientThatTakesNothingIsSentAwayBeforeItsEventsFillTheMemory() {
    Client slow = new Client();
    Client quick = new Client();
    follow(slow);
    follow(quick);
    for (int i = 0; i < 2 * Follower.MOST_UNSENT; i++) {
      events.broadcast("VERDICT", "{}");
      quick.takeAll();
    }
    assertTrue(slow.closed);
    assertEquals(Follower.MOST_UNSENT, slow.unsent.size());
    assertFalse(quick.closed);
  }

  @Test
  void aClientWhoseConnectionFailsIsForgotten() {
    Client client = new Client();
    follow(client);
    client.unsent.get(0).completeExceptionally(new java.io.IOException("gone"));
    assertTrue(client.closed);
    int sent = client.unsent.size();
    events.broadcast("VERDICT", "{}");
    assertEquals(sent, client.unsent.size());
  }

  @Test
  void oneClientTooManyIsRefusedBeforeItsAnswerIsBegun() {
    Client first = new Client();
    follow(first);
    for (int i = 1; i < LiveFeed.MOST_CLIENTS; i++) {
      limit.filter(proxy(ContainerRequestContext.class));
      follow(new Client());
    }
    assertEquals(
        Problem.BUSY,
        assertThrows(
                ServiceException.class, () -> limit.filter(proxy(ContainerRequestContext.class)))
            .problem());
    first.closed = true;
    limit.filter(proxy(ContainerRequestContext.class));
  }

  @Test
  void everyClientGoesWithTheServer() {
    Client client = new Client();
    follow(client);
    feed.unsubscribe();
    assertTrue(client.closed);
  }

  private void follow(Client client) {
    feed.add(sse(), client);
  }

  /** Takes nothing until it is asked to. */
  private static final class Client implements SseEventSink {
    private final List<CompletableFuture<Object>> unsent = new ArrayList<>();
    private boolean closed;

    void takeAll() {
      unsent.forEach(event -> event.complete(event));
      unsent.clear();
    }

    @Override
    public boolean isClosed() {
      return closed;
    }

    @Override
    public CompletionStage<?> send(OutboundSseEvent event) {
      CompletableFuture<Object> sent = new CompletableFuture<>();
      unsent.add(sent);
      return sent;
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private static Sse sse() {
    return proxy(Sse.class);
  }

  /** Builders return themselves, and what is built is not looked at. */
  private static <T> T proxy(Class<T> type) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) ->
                method.getReturnType().isInstance(self) ? self : proxy(method.getReturnType())));
  }
}
