// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.events;

import jakarta.ejb.ActivationConfigProperty;
import jakarta.ejb.MessageDriven;
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
      @ActivationConfigProperty(propertyName = "maxSession", propertyValue = "1")
    })
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
