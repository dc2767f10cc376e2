// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.maintenance;

import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.steps.StepRecorder;
import io.vmattest.server.steps.StepRecorder.Step;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/** The windows that are open, each step in a transaction of its own with its record. */
@Stateless
@TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
public class Windows {
  @Inject EntityManager em;
  @Inject Ledger ledger;
  @Inject StepRecorder steps;
  @Inject Clock clock;

  public Optional<Window> find(UUID vm) {
    return Optional.ofNullable(em.find(WindowRow.class, vm.toString())).map(WindowRow::window);
  }

  /**
   * Opens one.
   *
   * @param by who wants it
   * @throws ServiceException with INVALID_REQUEST, or IN_MAINTENANCE if there is one
   */
  @TransactionAttribute(TransactionAttributeType.REQUIRED)
  public Window begin(UUID vm, String why, Duration time, String by) {
    Window.check(why, time);
    ledger.lock();
    if (find(vm).isPresent()) {
      throw new ServiceException(Problem.IN_MAINTENANCE, "the VM is in maintenance already");
    }
    Instant now = clock.instant();
    Window window = new Window(vm, why, by, now, now.plus(time));
    em.persist(new WindowRow(window));
    record(
        window,
        "BEGUN",
        "maintenance until %s was begun by %s: %s".formatted(window.until(), by, why),
        Map.of("why", why, "by", by, "until", window.until().toString()));
    return window;
  }

  /** Those whose time is over. */
  public List<Window> due() {
    Instant now = clock.instant();
    return em.createQuery("SELECT w FROM WindowRow w WHERE w.until <= :now", WindowRow.class)
        .setParameter("now", now.toEpochMilli())
        .getResultStream()
        .map(WindowRow::window)
        .toList();
  }

  /**
   * Closes a window, if it is open still.
   *
   * @param baseline digest of the report that was taken at its end; empty if none was
   */
  public void close(Window window, Optional<String> baseline, String by) {
    ledger.lock();
    WindowRow row = em.find(WindowRow.class, window.vm().toString());
    if (row == null || !row.window().equals(window)) {
      return;
    }
    em.remove(row);
    Map<String, String> values = new TreeMap<>(Map.of("by", by, "why", window.why()));
    baseline.ifPresent(digest -> values.put("report", digest));
    record(
        window,
        "ENDED",
        "maintenance was ended by %s, %s"
            .formatted(by, baseline.isPresent() ? "with a new baseline" : "without a new baseline"),
        values);
  }

  /** That no Baseline could be taken, once for as long as that lasts. */
  public void failed(Window window, ServiceException e) {
    steps.recordOnce(
        window.vm(),
        step(
            "FAILED",
            "no baseline could be taken at the end of maintenance: " + e.detail(),
            Map.of("reason", e.problem().name(), "detail", e.detail())));
  }

  private void record(Window window, String name, String summary, Map<String, String> values) {
    steps.record(window.vm(), step(name, summary, values));
  }

  private static Step step(String name, String summary, Map<String, String> values) {
    Map<String, String> all = new TreeMap<>(values);
    all.put("step", name);
    return new Step(ServerEvent.Type.MAINTENANCE, summary, all);
  }
}
