// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.events;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.jms.JMSConnectionFactory;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.JMSProducer;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.TextMessage;
import jakarta.jms.Topic;
import jakarta.transaction.Transactional;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Puts events on the topic, in the transaction of the caller: no commit, no event. */
@ApplicationScoped
public class EventPublisher {
  private static final String DUPLICATE_ID = "_AMQ_DUPL_ID";

  @Inject
  @JMSConnectionFactory("java:/JmsXA")
  JMSContext context;

  @Inject Topic topic;

  /**
   * An event on its way.
   *
   * @param id the same for the same event, so that the broker drops a second copy
   */
  public record Identified(String id, ServerEvent event) {}

  /**
   * Sends in the caller's transaction.
   *
   * @param id as {@link Identified} has it
   */
  @Transactional(Transactional.TxType.MANDATORY)
  public void publish(String id, ServerEvent event) {
    publishAll(List.of(new Identified(id, event)));
  }

  /** Sends in the caller's transaction, in that order. */
  @Transactional(Transactional.TxType.MANDATORY)
  public void publishAll(List<Identified> events) {
    JMSProducer producer = context.createProducer();
    try {
      for (Identified identified : events) {
        producer.send(topic, message(identified));
      }
    } catch (JMSException e) {
      throw new JMSRuntimeException(e.getMessage(), e.getErrorCode(), e);
    }
  }

  private TextMessage message(Identified identified) throws JMSException {
    ServerEvent event = identified.event();
    TextMessage message = context.createTextMessage(event.json());
    message.setStringProperty(DUPLICATE_ID, identified.id());
    message.setStringProperty("eventType", event.type().name());
    if (event.vm().isPresent()) {
      UUID vm = event.vm().get();
      message.setStringProperty("vmId", vm.toString());
      message.setStringProperty("JMSXGroupID", vm.toString());
    }
    for (Map.Entry<String, String> attribute : event.attributes().entrySet()) {
      message.setStringProperty(attribute.getKey(), attribute.getValue());
    }
    return message;
  }
}
