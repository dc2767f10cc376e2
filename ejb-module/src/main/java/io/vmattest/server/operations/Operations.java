// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.operations;

import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.Resource;
import jakarta.ejb.ConcurrencyManagement;
import jakarta.ejb.ConcurrencyManagementType;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.lang.System.Logger;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;

/** Starts long work and knows how far it has come. */
@Singleton
@Startup
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class Operations {
  private static final Logger LOG = System.getLogger(Operations.class.getName());
  private static final int MOST_AT_ONCE = 8;

  @Inject OperationStore store;
  @Inject Clock clock;

  /** Its own: it must not queue behind the captures that nobody waits for. */
  @Resource(lookup = "java:jboss/ee/concurrency/executor/vmattest-operations")
  @SuppressWarnings("NullAway.Init")
  ManagedExecutorService executor;

  private final Map<UUID, Operation> running = new ConcurrentHashMap<>();

  /** Work that tells how far it has come and what came out of it. */
  @FunctionalInterface
  public interface Work {
    JsonObject run(ProgressListener progress);
  }

  @PostConstruct
  void settle() {
    int unfinished =
        store.failUnfinished(
            new Operation.Failure("INTERRUPTED", "the server ended before the work did"));
    if (unfinished > 0) {
      LOG.log(Logger.Level.WARNING, "{0} operations were left unfinished", unfinished);
    }
  }

  /**
   * Starts work in the background.
   *
   * @param vm that it is about, if it is about one
   * @return the operation as it starts
   * @throws ServiceException with BUSY if the server has too much to do already
   */
  public Operation start(String kind, Optional<UUID> vm, Work work) {
    return start(UUID.randomUUID(), kind, vm, work);
  }

  /** The same under an id that the caller chose, and that no operation has yet. */
  public Operation start(UUID id, String kind, Optional<UUID> vm, Work work) {
    if (running.size() >= MOST_AT_ONCE) {
      throw new ServiceException(Problem.BUSY, "too many operations are running");
    }
    Operation operation =
        new Operation(
            id,
            kind,
            vm,
            Operation.State.RUNNING,
            "starting",
            0,
            clock.instant(),
            JsonValue.EMPTY_JSON_OBJECT,
            Optional.empty());
    store.started(id, kind, vm, operation.startedAt());
    running.put(id, operation);
    try {
      executor.execute(() -> run(id, work));
    } catch (RejectedExecutionException e) {
      finish(id, () -> store.failed(id, failure(e)));
      throw new ServiceException(Problem.BUSY, "the server cannot take on more work now", e);
    }
    return operation;
  }

  /**
   * The operation of an id, as it stands now.
   *
   * @throws ServiceException with NO_SUCH_OPERATION
   */
  public Operation find(UUID id) {
    Operation now = running.get(id);
    return now != null
        ? now
        : store
            .load(id)
            .orElseThrow(
                () ->
                    new ServiceException(Problem.NO_SUCH_OPERATION, "there is no operation " + id));
  }

  /** What this server is doing of a kind with a VM at the moment. */
  public Optional<Operation> running(String kind, UUID vm) {
    return running.values().stream()
        .filter(o -> o.kind().equals(kind) && o.vm().equals(Optional.of(vm)))
        .findFirst();
  }

  private void run(UUID id, Work work) {
    try {
      JsonObject result = work.run((step, fraction) -> progress(id, step, fraction));
      finish(id, () -> store.succeeded(id, result));
    } catch (RuntimeException e) {
      LOG.log(Logger.Level.WARNING, "operation " + id + " failed", e);
      finish(id, () -> store.failed(id, failure(e)));
    }
  }

  /** The row first, then the memory: whoever asks in between sees it still running. */
  private void finish(UUID id, Runnable record) {
    try {
      record.run();
    } finally {
      running.remove(id);
    }
  }

  private void progress(UUID id, String step, double fraction) {
    running.computeIfPresent(
        id,
        (same, o) ->
            new Operation(
                o.id(),
                o.kind(),
                o.vm(),
                o.state(),
                step,
                Math.min(1, Math.max(0, fraction)),
                o.startedAt(),
                o.result(),
                o.failure()));
  }

  private static Operation.Failure failure(Exception e) {
    if (e instanceof ServiceException service) {
      return new Operation.Failure(service.problem().name(), service.detail());
    }
    return new Operation.Failure("INTERNAL", "the server failed; its log says why");
  }
}
