// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import jakarta.jms.ConnectionFactory;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.TextMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;

/** Collects the events of the topic as the message listener's user, over TLS. */
final class EventTap implements AutoCloseable {
  private final JMSContext context;
  private final List<String> events = new CopyOnWriteArrayList<>();

  private EventTap(JMSContext context) {
    this.context = context;
  }

  static EventTap open(Testbed testbed) throws IOException {
    EventTap tap = new EventTap(connect(testbed));
    tap.context
        .createConsumer(tap.context.createTopic("jms.topic.vmattest.events"))
        .setMessageListener(tap::received);
    return tap;
  }

  /** A session of the listener's user. */
  static JMSContext connect(Testbed testbed) throws IOException {
    Path pki = testbed.pki();
    String password = Files.readString(pki.resolve("siem.password")).strip();
    ConnectionFactory factory =
        new ActiveMQConnectionFactory(
            "tcp://localhost:%d?sslEnabled=true;trustStoreType=PKCS12;trustStorePath=%s;trustStorePassword=%s"
                .formatted(
                    testbed.artemisPort(),
                    pki.resolve("trust.p12"),
                    Files.readString(pki.resolve("password")).strip()));
    return factory.createContext("siem", password);
  }

  List<String> events() {
    return List.copyOf(events);
  }

  long count(String text) {
    return events.stream().filter(event -> event.contains(text)).count();
  }

  private void received(Message message) {
    try {
      if (message instanceof TextMessage text) {
        events.add(text.getText());
      }
    } catch (JMSException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    context.close();
  }
}
