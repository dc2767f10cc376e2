// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.snapshots;

import io.vmattest.server.attestation.SnapshotKept;
import io.vmattest.server.policy.Policies;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.annotation.Resource;
import jakarta.ejb.ConcurrencyManagement;
import jakarta.ejb.ConcurrencyManagementType;
import jakarta.ejb.Singleton;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.lang.System.Logger;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;

/** Prunes in the background, a VM once at a time; what fails is tried again at the next look. */
@Singleton
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class Prunings {
  private static final Logger LOG = System.getLogger(Prunings.class.getName());

  @Inject Policies policies;
  @Inject Pruning pruning;

  @Resource
  @SuppressWarnings("NullAway.Init")
  ManagedExecutorService executor;

  private final Set<UUID> running = ConcurrentHashMap.newKeySet();

  public void kept(@Observes SnapshotKept news) {
    start(news.vm());
  }

  /** All VMs whose policies keep less than everything. */
  public void startAll() {
    policies
        .own()
        .forEach(
            (vm, policy) -> {
              if (!policy.retention().isUnlimited()) {
                start(vm);
              }
            });
  }

  private void start(UUID vm) {
    if (!running.add(vm)) {
      return;
    }
    try {
      executor.execute(() -> run(vm));
    } catch (RejectedExecutionException e) {
      running.remove(vm);
      LOG.log(Logger.Level.WARNING, "snapshots of VM " + vm + " are not pruned now", e);
    }
  }

  private void run(UUID vm) {
    try {
      pruning.prune(vm);
    } catch (ServiceException e) {
      if (e.problem() != Problem.CAPTURE_IN_PROGRESS) {
        LOG.log(Logger.Level.WARNING, "snapshots of VM " + vm + " are not pruned", e);
      }
    } catch (RuntimeException e) {
      LOG.log(Logger.Level.ERROR, "snapshots of VM " + vm + " are not pruned", e);
    } finally {
      running.remove(vm);
    }
  }
}
