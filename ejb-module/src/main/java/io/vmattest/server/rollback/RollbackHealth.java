// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import io.vmattest.health.PartHealth;
import io.vmattest.health.RollbacksCheck;
import io.vmattest.hypervisor.api.OpenRollback;
import io.vmattest.hypervisor.api.OpenRollbacks;
import io.vmattest.server.problem.ServiceException;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.ejb.ConcurrencyManagement;
import jakarta.ejb.ConcurrencyManagementType;
import jakarta.ejb.Schedule;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Tells the server's health check which VMs stand paused in doubt. It looks from time to time: a
 * check that is asked must answer at once, whether libvirt does or not.
 */
@Singleton
@Startup
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class RollbackHealth {
  private static final int MOST_NAMED = 50;

  @Inject RollbackResolutions rollbacks;

  private volatile PartHealth last = new PartHealth(true, Map.of("reason", "not looked yet"));

  @PostConstruct
  void start() {
    PartHealth.tell(RollbacksCheck.PART, () -> last);
  }

  @PreDestroy
  void stop() {
    PartHealth.forget(RollbacksCheck.PART);
  }

  /** Looks at the host's journal. */
  @Schedule(hour = "*", minute = "*", second = "7/15", persistent = false)
  public void look() {
    try {
      last = of(rollbacks.all());
    } catch (ServiceException e) {
      last = new PartHealth(true, Map.of("reason", "not known: " + e.detail()));
    }
  }

  static PartHealth of(OpenRollbacks open) {
    Map<String, String> data = new TreeMap<>();
    data.put("open", Integer.toString(open.rollbacks().size()));
    data.put("damaged", Integer.toString(open.damaged().size()));
    String inDoubt = vms(open, OpenRollback::inDoubt);
    if (!inDoubt.isEmpty()) {
      data.put("inDoubt", inDoubt);
    }
    String resolvable = vms(open, OpenRollback::unclaimed);
    if (!resolvable.isEmpty()) {
      data.put("resolvable", resolvable);
    }
    return new PartHealth(true, data);
  }

  private static String vms(OpenRollbacks open, Predicate<OpenRollback> which) {
    List<String> vms =
        open.rollbacks().stream().filter(which).map(r -> r.vm().toString()).distinct().toList();
    String named = vms.stream().limit(MOST_NAMED).collect(Collectors.joining(","));
    return vms.size() > MOST_NAMED ? named + ",..." : named;
  }
}
