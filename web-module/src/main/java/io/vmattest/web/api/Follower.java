// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import jakarta.ws.rs.sse.SseEventSink;
import java.util.concurrent.atomic.AtomicInteger;

/** A client of the live feed. What it has not taken yet lies in the server's memory. */
final class Follower {
  static final int MOST_UNSENT = 256;

  private final Sse sse;
  private final SseEventSink sink;
  private final AtomicInteger unsent = new AtomicInteger();

  Follower(Sse sse, SseEventSink sink) {
    this.sse = sse;
    this.sink = sink;
  }

  OutboundSseEvent.Builder newEvent() {
    return sse.newEventBuilder();
  }

  /** Never blocks; who has not taken the last {@value #MOST_UNSENT} events is sent away. */
  void send(OutboundSseEvent event) {
    if (isGone()) {
      return;
    }
    if (unsent.incrementAndGet() > MOST_UNSENT) {
      close();
      return;
    }
    try {
      sink.send(event).whenComplete((sent, failure) -> ended(failure != null));
    } catch (IllegalStateException e) {
      // It went just now.
      close();
    }
  }

  private void ended(boolean failed) {
    unsent.decrementAndGet();
    if (failed) {
      close();
    }
  }

  boolean isGone() {
    return sink.isClosed();
  }

  void close() {
    sink.close();
  }
}
