// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.server.ingest.ReportSource.Taken;
import jakarta.jms.JMSConsumer;
import jakarta.jms.MapMessage;
import jakarta.jms.Message;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WaitingReportsTest {
  /** What the broker gives one after the other; empty where it says that it has none. */
  private final Queue<Optional<Message>> broker = new ArrayDeque<>();

  private final WaitingReports reports = new WaitingReports(message(1), consumer());

  @Test
  void theFirstComesBeforeThoseBehindIt() {
    broker.add(Optional.of(message(2)));
    broker.add(Optional.of(message(3)));
    Taken taken = reports.take();
    assertEquals(List.of(1, 2, 3), numbers(taken));
    assertTrue(taken.areLast());
  }

  @Test
  void aBrokerThatSaysOnceThatItHasNoneIsAskedAgain() {
    broker.add(Optional.empty());
    broker.add(Optional.of(message(2)));
    broker.add(Optional.empty());
    broker.add(Optional.empty());
    broker.add(Optional.of(message(3)));
    assertEquals(List.of(1, 2), numbers(reports.take()));
  }

  @Test
  void aFullBatchIsNotTheLastAndTheNextOneGoesOnWhereItEnded() {
    waiting(700);
    Taken taken = reports.take();
    assertEquals(IntStream.rangeClosed(1, 512).boxed().toList(), numbers(taken));
    assertFalse(taken.areLast());
    taken = reports.take();
    assertEquals(IntStream.rangeClosed(513, 700).boxed().toList(), numbers(taken));
    assertTrue(taken.areLast());
  }

  @Test
  void largeReportsMakeASmallBatch() {
    for (int i = 2; i <= 40; i++) {
      broker.add(Optional.of(message(i, 1 << 20)));
    }
    List<Integer> first = numbers(reports.take());
    assertEquals(17, first.size());
    assertEquals(18, numbers(reports.take()).get(0));
  }

  @Test
  void notAllOfALongQueueLeaveItTogether() {
    waiting(5000);
    int count = 0;
    Taken taken = reports.take();
    while (!taken.areLast()) {
      count += taken.reports().size();
      taken = reports.take();
    }
    assertEquals(2048, count + taken.reports().size());
  }

  private void waiting(int last) {
    for (int i = 2; i <= last; i++) {
      broker.add(Optional.of(message(i)));
    }
  }

  private static List<Integer> numbers(Taken taken) {
    List<Integer> numbers = new ArrayList<>();
    taken.reports().forEach(report -> numbers.add(report.returns()));
    return numbers;
  }

  private JMSConsumer consumer() {
    return (JMSConsumer)
        Proxy.newProxyInstance(
            WaitingReportsTest.class.getClassLoader(),
            new Class<?>[] {JMSConsumer.class},
            (proxy, method, arguments) -> {
              assertEquals("receiveNoWait", method.getName());
              Optional<Message> next = broker.poll();
              return next == null ? null : next.orElse(null);
            });
  }

  private static Message message(int number) {
    return message(number, 1);
  }

  /** Its number is how often it returned. */
  private static Message message(int number, int size) {
    return (Message)
        Proxy.newProxyInstance(
            WaitingReportsTest.class.getClassLoader(),
            new Class<?>[] {MapMessage.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "getObject" -> arguments[0].equals(JmsReport.REPORT) ? new byte[size] : null;
                  case "propertyExists" -> true;
                  case "getIntProperty" -> number;
                  default -> throw new AssertionError(method.getName());
                });
  }
}
