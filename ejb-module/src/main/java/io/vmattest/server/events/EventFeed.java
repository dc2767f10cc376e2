// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.events;

import jakarta.ejb.ConcurrencyManagement;
import jakarta.ejb.ConcurrencyManagementType;
import jakarta.ejb.Singleton;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Hands what came over the topic to whoever listens inside this server. */
@Singleton
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class EventFeed {
  /** Told of an event. Must be quick and must not throw. */
  @FunctionalInterface
  public interface Listener {
    /**
     * Takes an event.
     *
     * @param type of ServerEvent
     * @param json the event's text
     */
    void event(String type, String json);
  }

  private final List<Listener> listeners = new CopyOnWriteArrayList<>();

  public void subscribe(Listener listener) {
    listeners.add(listener);
  }

  public void unsubscribe(Listener listener) {
    listeners.remove(listener);
  }

  public void broadcast(String type, String json) {
    listeners.forEach(listener -> listener.event(type, json));
  }
}
