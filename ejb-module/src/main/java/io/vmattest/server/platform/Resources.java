// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.platform;

import io.vmattest.hypervisor.api.HypervisorConnectionFactory;
import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.jms.Queue;
import jakarta.jms.Topic;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;
import java.time.Clock;

/** Turns the container's resources into injectable ones. */
@ApplicationScoped
@SuppressWarnings({"NullAway.Init", "UnusedVariable"})
public class Resources {
  @Produces
  @PersistenceContext(unitName = "vmattest")
  private EntityManager entityManager;

  @Produces
  @Resource(lookup = "java:/jms/queue/vmattest.reports")
  private Queue reports;

  @Produces
  @Resource(lookup = "java:/jms/topic/vmattest.events")
  private Topic events;

  @Produces
  @Resource(lookup = "java:/eis/vmattest/Hypervisor")
  private HypervisorConnectionFactory hypervisor;

  @Produces
  Clock clock() {
    return Clock.systemUTC();
  }
}
