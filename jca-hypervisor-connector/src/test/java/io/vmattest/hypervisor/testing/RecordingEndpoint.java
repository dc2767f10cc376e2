// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.testing;

import io.vmattest.hypervisor.api.VirtualMachineEvent;
import io.vmattest.hypervisor.api.VirtualMachineListener;
import jakarta.resource.spi.endpoint.MessageEndpoint;
import jakarta.resource.spi.endpoint.MessageEndpointFactory;
import jakarta.resource.spi.work.Work;
import jakarta.resource.spi.work.WorkManager;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A message endpoint as a container makes it, that writes down what it is told. */
public final class RecordingEndpoint {
  private final List<VirtualMachineEvent> events = new CopyOnWriteArrayList<>();
  private final AtomicInteger transactions = new AtomicInteger();
  private final AtomicInteger failures = new AtomicInteger();
  private volatile String poison = "";
  private volatile Throwable failure = new IllegalStateException();
  private final MessageEndpointFactory factory =
      proxy(MessageEndpointFactory.class, List.of(), this::onFactory);

  public List<VirtualMachineEvent> events() {
    return events;
  }

  /** How many deliveries were begun and ended as transactions. */
  public int transactions() {
    return transactions.get();
  }

  public MessageEndpointFactory factory() {
    return factory;
  }

  private @Nullable Object onFactory(Object self, Method method, Object @Nullable [] arguments) {
    return switch (method.getName()) {
      case "createEndpoint" ->
          proxy(MessageEndpoint.class, List.of(VirtualMachineListener.class), this::onEndpoint);
      case "isDeliveryTransacted" -> true;
      case "equals" -> arguments != null && self == arguments[0];
      case "hashCode" -> System.identityHashCode(self);
      default -> throw new UnsupportedOperationException(method.toString());
    };
  }

  /** Fails the next so many times. */
  public void failTimes(int times, Throwable failure) {
    this.failure = failure;
    failures.set(times);
  }

  /** Fails on every event of one VM. */
  public void failOn(String vmName, Throwable failure) {
    this.failure = failure;
    poison = vmName;
  }

  private void receive(VirtualMachineEvent event) throws Throwable {
    if (event.name().equals(poison) || failures.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
      throw failure;
    }
    events.add(event);
  }

  private @Nullable Object onEndpoint(Object self, Method method, Object @Nullable [] arguments)
      throws Throwable {
    if (method.getName().equals("onEvent") && arguments != null) {
      receive((VirtualMachineEvent) arguments[0]);
    } else if (method.getName().equals("afterDelivery")) {
      transactions.incrementAndGet();
    }
    return null;
  }

  /** A work manager that gives each work a thread. */
  public static WorkManager threads() {
    return proxy(
        WorkManager.class,
        List.of(),
        (self, method, arguments) -> {
          Thread thread = new Thread((Work) arguments[0], "test-work");
          thread.setDaemon(true);
          thread.start();
          return 0L;
        });
  }

  private static <T> T proxy(Class<T> type, List<Class<?>> more, InvocationHandler handler) {
    Class<?>[] types = new Class<?>[more.size() + 1];
    types[0] = type;
    for (int i = 0; i < more.size(); i++) {
      types[i + 1] = more.get(i);
    }
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), types, handler));
  }
}
