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
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Delivers events to one endpoint, in order, in a transaction each where the endpoint wants it. */
final class EndpointDelivery implements Work {
  private static final Logger LOG = System.getLogger(EndpointDelivery.class.getName());
  private static final int CAPACITY = 10_000;
  private static final int TRIES = 3;

  private final MessageEndpointFactory factory;
  private final LifecycleActivationSpec spec;
  private final BlockingQueue<VirtualMachineEvent> queue = new LinkedBlockingQueue<>(CAPACITY);
  private volatile boolean released;

  EndpointDelivery(MessageEndpointFactory factory, LifecycleActivationSpec spec) {
    this.factory = factory;
    this.spec = spec;
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
      while (!released) {
        VirtualMachineEvent event = queue.poll(1, TimeUnit.SECONDS);
        if (event != null) {
          deliver(event);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void deliver(VirtualMachineEvent event) {
    for (int i = 1; i <= TRIES && !released; i++) {
      try {
        attempt(event);
        return;
      } catch (ResourceException | ReflectiveOperationException | RuntimeException e) {
        LOG.log(Level.WARNING, "delivery " + i + " of " + event + " failed", e);
      }
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
    released = true;
  }
}
