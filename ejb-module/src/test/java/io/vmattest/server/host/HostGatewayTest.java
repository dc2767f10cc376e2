// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.hypervisor.api.CounterValue;
import io.vmattest.hypervisor.api.HypervisorConnection;
import io.vmattest.hypervisor.api.HypervisorConnectionFactory;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.MonotonicCounter;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.transaction.Transactional;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HostGatewayTest {
  private final List<String> calls = new ArrayList<>();

  /** A gateway to a host whose connections have this counter. */
  private HostGateway gatewayTo(MonotonicCounter counter) {
    HostGateway gateway = new HostGateway();
    Object connection =
        stub(
            HypervisorConnection.class,
            method -> {
              calls.add(method);
              return method.equals("counter") ? counter : "";
            });
    gateway.factory =
        (HypervisorConnectionFactory) stub(HypervisorConnectionFactory.class, m -> connection);
    return gateway;
  }

  /** What a method gives, by its name. */
  private interface Answer {
    Object to(String method);
  }

  private static Object stub(Class<?> type, Answer answer) {
    return Proxy.newProxyInstance(
        type.getClassLoader(),
        new Class<?>[] {type},
        (proxy, method, arguments) -> {
          Object result = answer.to(method.getName());
          return method.getReturnType() == void.class ? null : result;
        });
  }

  private static final class Counter implements MonotonicCounter {
    private long value = 41;
    private boolean available = true;

    @Override
    public CounterValue read() throws HypervisorException {
      if (!available) {
        throw new HypervisorException(Reason.TEE_UNAVAILABLE, "no TPM answers");
      }
      return new CounterValue("id", value);
    }

    @Override
    public CounterValue increment() throws HypervisorException {
      value++;
      return read();
    }
  }

  @Test
  void theCounterIsReadAndIncrementedOnConnectionsOfTheirOwn() {
    HostGateway gateway = gatewayTo(new Counter());
    assertEquals(new CounterValue("id", 41), gateway.counter());
    assertEquals(new CounterValue("id", 42), gateway.incrementCounter());
    assertEquals(List.of("counter", "close", "counter", "close"), calls);
  }

  @Test
  void aTpmThatDoesNotAnswerIsSaidSo() {
    Counter counter = new Counter();
    counter.available = false;
    HostGateway gateway = gatewayTo(counter);
    for (Runnable call : List.<Runnable>of(gateway::counter, gateway::incrementCounter)) {
      assertEquals(
          Problem.TEE_UNAVAILABLE, assertThrows(ServiceException.class, call::run).problem());
    }
  }

  /** A rollback's branch would otherwise be enlisted with the connection. */
  @Test
  void theCounterTakesNoPartInTransactions() throws Exception {
    for (String method : List.of("counter", "incrementCounter")) {
      assertEquals(
          Transactional.TxType.NOT_SUPPORTED,
          HostGateway.class.getMethod(method).getAnnotation(Transactional.class).value());
    }
  }
}
