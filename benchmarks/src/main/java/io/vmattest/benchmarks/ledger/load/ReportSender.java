// SPDX-License-Identifier: Apache-2.0
package io.vmattest.benchmarks.ledger.load;

import jakarta.ejb.Stateless;
import jakarta.inject.Inject;
import jakarta.jms.JMSConnectionFactory;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.JMSProducer;
import jakarta.jms.MapMessage;
import jakarta.jms.Queue;
import java.util.List;

/** Sends as the server does itself, several in one transaction. */
@Stateless
public class ReportSender {
  @Inject
  @JMSConnectionFactory("java:/JmsXA")
  @SuppressWarnings("NullAway.Init")
  JMSContext context;

  @Inject
  @SuppressWarnings("NullAway.Init")
  Queue queue;

  @Inject
  @SuppressWarnings("NullAway.Init")
  DurableTimes times;

  /**
   * @param run what is sent again in another run is not held back by the broker: the ledger has to
   *     know it
   */
  public void send(List<ReadyReport> reports, String run) throws JMSException {
    JMSProducer producer = context.createProducer();
    for (ReadyReport ready : reports) {
      MapMessage message = context.createMapMessage();
      message.setBytes("report", ready.report());
      message.setString("config", ready.config());
      message.setBoolean("snapshotKept", false);
      message.setStringProperty("vmId", ready.vm().toString());
      message.setStringProperty("reportDigest", ready.digest());
      message.setStringProperty("_AMQ_DUPL_ID", ready.digest() + run);
      times.sends(ready.digest());
      producer.send(queue, message);
    }
  }
}
