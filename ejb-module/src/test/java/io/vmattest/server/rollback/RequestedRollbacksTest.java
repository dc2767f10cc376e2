// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.core.report.Digest;
import io.vmattest.server.operations.Operation;
import io.vmattest.server.operations.OperationStore;
import io.vmattest.server.operations.Operations;
import io.vmattest.server.policy.Baselines;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.json.JsonValue;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RequestedRollbacksTest {
  private static final UUID VM = UUID.randomUUID();
  private static final Optional<Digest> FIRST = Optional.of(Digest.sha256(new byte[] {1}));
  private static final Optional<Digest> SECOND = Optional.of(Digest.sha256(new byte[] {2}));
  private static final Optional<String> NO_KEY = Optional.empty();
  private static final Optional<String> KEY = Optional.of("k");

  private final Map<UUID, Operation> stored = new HashMap<>();
  private final List<UUID> started = new ArrayList<>();
  private RequestedRollbacks requests = new RequestedRollbacks();

  @BeforeEach
  void wire() {
    requests = new RequestedRollbacks();
    requests.baselines =
        new Baselines() {
          @Override
          public Optional<Baseline> find(UUID vm) {
            return Optional.empty();
          }
        };
    requests.store =
        new OperationStore() {
          @Override
          public Optional<Operation> load(UUID id) {
            return Optional.ofNullable(stored.get(id));
          }
        };
    requests.operations =
        new Operations() {
          @Override
          public Operation find(UUID id) {
            return Optional.ofNullable(stored.get(id)).orElseThrow();
          }

          @Override
          public Optional<Operation> running(String kind, UUID vm) {
            return stored.values().stream()
                .filter(o -> o.state() == Operation.State.RUNNING)
                .findFirst();
          }
        };
    requests.rollbacks =
        new RollbackService() {
          @Override
          public Operation start(UUID vm, Optional<Digest> report, RollbackStart start, UUID id) {
            started.add(id);
            return put(id, Operation.State.RUNNING);
          }
        };
  }

  private Operation put(UUID id, Operation.State state) {
    Operation operation =
        new Operation(
            id,
            RollbackService.KIND,
            Optional.of(VM),
            state,
            "",
            0,
            Instant.EPOCH,
            JsonValue.EMPTY_JSON_OBJECT,
            Optional.empty());
    stored.put(id, operation);
    return operation;
  }

  private Operation ask(Optional<Digest> report, Optional<String> key) {
    return requests.start(VM, report, "operator", key);
  }

  private Problem refusal(Optional<Digest> report, Optional<String> key) {
    return assertThrows(ServiceException.class, () -> ask(report, key)).problem();
  }

  @Test
  void whoAsksAgainWhileItRunsIsAnsweredWithTheSame() {
    Operation first = ask(FIRST, NO_KEY);
    assertEquals(first.id(), ask(FIRST, NO_KEY).id());
    assertEquals(first.id(), ask(FIRST, KEY).id());
    put(first.id(), Operation.State.SUCCEEDED);
    assertEquals(first.id(), ask(FIRST, KEY).id(), "the key holds for what it was answered with");
    assertEquals(1, started.size());
  }

  @Test
  void anotherTargetIsRefusedWhileOneRuns() {
    ask(FIRST, NO_KEY);
    assertEquals(Problem.CAPTURE_IN_PROGRESS, refusal(SECOND, NO_KEY));
    assertEquals(1, started.size());
  }

  @Test
  void whatNobodyAskedForIsNotTakenForTheSame() {
    put(UUID.randomUUID(), Operation.State.RUNNING);
    assertEquals(Problem.CAPTURE_IN_PROGRESS, refusal(FIRST, NO_KEY));
  }

  @Test
  void afterTheEndOnlyAKeySaysThatItIsTheSame() {
    UUID first = ask(FIRST, KEY).id();
    put(first, Operation.State.FAILED);
    assertEquals(Operation.State.FAILED, ask(FIRST, KEY).state());
    assertNotEquals(first, ask(FIRST, NO_KEY).id());
    assertEquals(2, started.size());
  }

  @Test
  void aKeyHoldsOverARestart() {
    UUID first = ask(FIRST, KEY).id();
    put(first, Operation.State.FAILED);
    wire();
    assertEquals(first, ask(FIRST, KEY).id());
    assertEquals(1, started.size());
  }

  @Test
  void aKeyIsForOneRequest() {
    put(ask(FIRST, KEY).id(), Operation.State.SUCCEEDED);
    assertEquals(Problem.IDEMPOTENCY_KEY_REUSED, refusal(SECOND, KEY));
  }

  @Test
  void theSameKeyOfAnotherCallerOrForAnotherVmIsAnother() {
    UUID id = RequestedRollbacks.id("a", VM, "k");
    assertEquals(id, RequestedRollbacks.id("a", VM, "k"));
    assertNotEquals(id, RequestedRollbacks.id("b", VM, "k"));
    assertNotEquals(id, RequestedRollbacks.id("a", UUID.randomUUID(), "k"));
    assertNotEquals(id, RequestedRollbacks.id("a", VM, "l"));
    assertEquals(8, id.version());
    assertEquals(2, id.variant());
  }
}
