// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.events;

import jakarta.ejb.ActivationConfigProperty;
import jakarta.ejb.MessageDriven;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import jakarta.jms.TextMessage;
import java.lang.System.Logger;

/** Listens to the topic, so that the live feed shows what every node published. */
@MessageDriven(
    activationConfig = {
      @ActivationConfigProperty(
          propertyName = "destinationLookup",
          propertyValue = "java:/jms/topic/vmattest.events"),
      @ActivationConfigProperty(
          propertyName = "destinationType",
          propertyValue = "jakarta.jms.Topic"),
      @ActivationConfigProperty(
          propertyName = "acknowledgeMode",
          propertyValue = "Dups-ok-acknowledge"),
      @ActivationConfigProperty(propertyName = "maxSession", propertyValue = "1")
    })
// What is shown is kept nowhere: no transaction, and no waiting for an acknowledgement.
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class EventFeedBean implements MessageListener {
  private static final Logger LOG = System.getLogger(EventFeedBean.class.getName());

  @Inject EventFeed feed;

  @Override
  public void onMessage(Message message) {
    try {
      String type = message.getStringProperty("eventType");
      if (type != null && message instanceof TextMessage text) {
        feed.broadcast(type, text.getText());
      }
    } catch (JMSException e) {
      LOG.log(Logger.Level.WARNING, "an event could not be read from the topic", e);
    }
  }
}
