// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import io.vmattest.hypervisor.api.VirtualMachineEvent;
import io.vmattest.hypervisor.api.VirtualMachineListener;
import jakarta.resource.ResourceException;
import jakarta.resource.spi.endpoint.MessageEndpoint;
import jakarta.resource.spi.endpoint.MessageEndpointFactory;
import jakarta.resource.spi.work.Work;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Delivers events to one endpoint, in order, in a transaction each where the endpoint wants it. */
final class EndpointDelivery implements Work {
  private static final Logger LOG = System.getLogger(EndpointDelivery.class.getName());
  private static final int CAPACITY = 10_000;

  /** With the pauses between them, which double, half a minute. */
  private static final int TRIES = 8;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);

  private final MessageEndpointFactory factory;
  private final LifecycleActivationSpec spec;
  private final BlockingQueue<VirtualMachineEvent> queue = new LinkedBlockingQueue<>(CAPACITY);
  private final CountDownLatch released = new CountDownLatch(1);
  private final Duration firstPause;

  EndpointDelivery(MessageEndpointFactory factory, LifecycleActivationSpec spec) {
    this(factory, spec, FIRST_PAUSE);
  }

  EndpointDelivery(
      MessageEndpointFactory factory, LifecycleActivationSpec spec, Duration firstPause) {
    this.factory = factory;
    this.spec = spec;
    this.firstPause = firstPause;
  }

  private boolean isReleased() {
    return released.getCount() == 0;
  }

  boolean isOf(MessageEndpointFactory otherFactory) {
    return factory.equals(otherFactory);
  }

  /** Takes an event that the endpoint may want; does not block. */
  void offer(VirtualMachineEvent event) {
    if (spec.wants(event.name()) && !queue.offer(event)) {
      LOG.log(Level.ERROR, "an endpoint is {0} events behind; {1} is lost", CAPACITY, event);
    }
  }

  @Override
  public void run() {
    try {
      while (!isReleased()) {
        VirtualMachineEvent event = queue.poll(1, TimeUnit.SECONDS);
        if (event != null) {
          deliver(event);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Tries for a while: what the endpoint needs may be away for a moment. */
  private void deliver(VirtualMachineEvent event) throws InterruptedException {
    Duration pause = firstPause;
    for (int i = 1; i <= TRIES; i++) {
      Optional<Throwable> failure = failure(event);
      if (failure.isEmpty()) {
        return;
      }
      boolean last = i == TRIES || released.await(pause.toMillis(), TimeUnit.MILLISECONDS);
      if (last) {
        LOG.log(Level.ERROR, event + " is lost: its endpoint failed", failure.get());
        return;
      }
      LOG.log(Level.WARNING, "delivery {0} of {1} failed: {2}", i, event, failure.get());
      pause = pause.multipliedBy(2);
    }
  }

  /** Whatever an endpoint throws, errors too, concerns this event and not the next. */
  private Optional<Throwable> failure(VirtualMachineEvent event) {
    try {
      attempt(event);
      return Optional.empty();
    } catch (Throwable e) {
      return Optional.of(e);
    }
  }

  private void attempt(VirtualMachineEvent event)
      throws ResourceException, ReflectiveOperationException {
    Method method = VirtualMachineListener.class.getMethod("onEvent", VirtualMachineEvent.class);
    MessageEndpoint endpoint = factory.createEndpoint(null);
    try {
      if (!factory.isDeliveryTransacted(method)) {
        ((VirtualMachineListener) endpoint).onEvent(event);
        return;
      }
      endpoint.beforeDelivery(method);
      try {
        ((VirtualMachineListener) endpoint).onEvent(event);
      } finally {
        endpoint.afterDelivery();
      }
    } finally {
      endpoint.release();
    }
  }

  @Override
  public void release() {
    released.countDown();
  }
}
