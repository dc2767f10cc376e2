// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import io.vmattest.core.report.Digest;
import io.vmattest.server.operations.Operation;
import io.vmattest.server.operations.OperationStore;
import io.vmattest.server.operations.Operations;
import io.vmattest.server.policy.Baselines;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;

/**
 * Rollbacks as callers ask for them: who asks twice is answered with the operation of the first
 * time. With a key (draft-ietf-httpapi-idempotency-key-header) that holds for ever, over a restart
 * too, for the operation's id is made of the key; without one while the rollback runs.
 */
@ApplicationScoped
public class RequestedRollbacks {
  private static final int REMEMBERED = 1000;
  private static final int LOCKS = 64;

  @Inject RollbackService rollbacks;
  @Inject Baselines baselines;
  @Inject Operations operations;
  @Inject OperationStore store;

  /**
   * What was asked for.
   *
   * @param report as the caller named it
   * @param target what that meant then
   * @param operation that it was answered with
   */
  private record Asked(Optional<Digest> report, Optional<Digest> target, UUID operation) {
    Asked with(UUID answered) {
      return new Asked(report, target, answered);
    }
  }

  private final Object[] locks =
      IntStream.range(0, LOCKS).mapToObj(i -> new Object()).toArray(Object[]::new);
  private final Map<UUID, Asked> asked = new LinkedHashMap<>();

  /**
   * Starts one, unless it was started before; see {@link RollbackService#start}.
   *
   * @param key of the caller for this request
   * @throws ServiceException also with IDEMPOTENCY_KEY_REUSED; CAPTURE_IN_PROGRESS while the VM is
   *     rolled back to another report
   */
  public Operation start(UUID vm, Optional<Digest> report, String by, Optional<String> key) {
    Optional<Digest> target = report.or(() -> baselines.find(vm).map(b -> b.report().digest()));
    synchronized (locks[Math.floorMod(vm.hashCode(), LOCKS)]) {
      UUID id = key.map(k -> id(by, vm, k)).orElseGet(UUID::randomUUID);
      Asked now = new Asked(report, target, id);
      Operation operation =
          key.flatMap(k -> withKey(id, now))
              .or(() -> running(vm, now))
              .orElseGet(() -> rollbacks.start(vm, report, RollbackStart.byPerson(by), id));
      remember(id, now.with(operation.id()));
      return operation;
    }
  }

  private Optional<Operation> withKey(UUID id, Asked now) {
    Optional<Asked> before = recall(id);
    if (before.filter(a -> !a.report().equals(now.report())).isPresent()) {
      throw new ServiceException(
          Problem.IDEMPOTENCY_KEY_REUSED, "the key was given with another request before");
    }
    // Its own, also of a server that is no more; or one that ran already when the key came.
    UUID operation = before.map(Asked::operation).orElse(id);
    return store.load(operation).map(o -> operations.find(operation));
  }

  private Optional<Operation> running(UUID vm, Asked now) {
    Optional<Operation> running = operations.running(RollbackService.KIND, vm);
    boolean same =
        running
            .flatMap(operation -> recall(operation.id()))
            .filter(a -> a.target().equals(now.target()))
            .isPresent();
    if (running.isPresent() && !same) {
      throw new ServiceException(
          Problem.CAPTURE_IN_PROGRESS,
          "another rollback of the VM is running, operation " + running.get().id());
    }
    return running;
  }

  private void remember(UUID id, Asked what) {
    synchronized (asked) {
      asked.put(id, what);
      if (asked.size() > REMEMBERED) {
        asked.remove(asked.keySet().iterator().next());
      }
    }
  }

  private Optional<Asked> recall(UUID id) {
    synchronized (asked) {
      return Optional.ofNullable(asked.get(id));
    }
  }

  /** Of the key of one caller for one VM: a UUID of version 8 (RFC 9562, 5.8). */
  static UUID id(String by, UUID vm, String key) {
    byte[] caller = by.getBytes(StandardCharsets.UTF_8);
    byte[] length = ByteBuffer.allocate(Integer.BYTES).putInt(caller.length).array();
    ByteBuffer hash =
        ByteBuffer.wrap(
            Digest.sha256(
                    length,
                    caller,
                    vm.toString().getBytes(StandardCharsets.UTF_8),
                    key.getBytes(StandardCharsets.UTF_8))
                .bytes());
    long high = hash.getLong() & ~0xf000L | 0x8000L;
    long low = hash.getLong() & ~(3L << 62) | 1L << 63;
    return new UUID(high, low);
  }
}
