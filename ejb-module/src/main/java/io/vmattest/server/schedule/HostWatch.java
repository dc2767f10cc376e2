// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.schedule;

import io.vmattest.hypervisor.api.VirtualMachine;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.problem.ServiceException;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.Resource;
import jakarta.ejb.ConcurrencyManagement;
import jakarta.ejb.ConcurrencyManagementType;
import jakarta.ejb.EJBException;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.ejb.Timeout;
import jakarta.ejb.TimerConfig;
import jakarta.ejb.TimerService;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.inject.Inject;
import java.lang.System.Logger;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

/**
 * Asks the host every few seconds for its VMs, and records once that it has not answered for longer
 * than {@code vmattest.host.silence.seconds} (120, at least 5), and once that it is back. The
 * question has a thread of its own, for it may never come back; the watch goes on meanwhile.
 */
@Singleton
@Startup
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class HostWatch {
  private static final Logger LOG = System.getLogger(HostWatch.class.getName());
  private static final long LEAST_LIMIT = 5;
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(2);

  @Inject HostGateway host;
  @Inject HostSilences silences;
  @Inject Clock clock;

  @Resource
  @SuppressWarnings("NullAway.Init")
  TimerService timers;

  @Resource
  @SuppressWarnings("NullAway.Init")
  ManagedThreadFactory threads;

  Executor asking = command -> threads.newThread(command).start();
  Duration limit =
      Duration.ofSeconds(Math.max(LEAST_LIMIT, Long.getLong("vmattest.host.silence.seconds", 120)));
  String hostId =
      System.getProperty("vmattest.host.id", System.getProperty("jboss.node.name", "host"));

  private final AtomicBoolean asked = new AtomicBoolean();
  private volatile Optional<HostPulse> pulse = Optional.empty();

  /** The beginning of the silence that was recorded; unknown until the ledger was asked. */
  private Optional<Optional<Instant>> recorded = Optional.empty();

  /** The host as it was when its silence was noticed, until that is in the ledger. */
  private Optional<HostPulse> unrecorded = Optional.empty();

  private String lastFailure = "";

  @PostConstruct
  void start() {
    long millis = BETWEEN_LOOKS.toMillis();
    timers.createIntervalTimer(millis, millis, new TimerConfig("host", false));
  }

  /**
   * Asks, and says what the answers so far amount to; tries again later what cannot be recorded.
   */
  @Timeout
  void look() {
    ask();
    try {
      tell();
      lastFailure = "";
    } catch (ServiceException e) {
      complain(e.detail());
    } catch (EJBException e) {
      complain(String.valueOf(e));
    }
  }

  /** The VMs that count as running now; see {@link HostPulse#active}. */
  public Set<UUID> active(Set<UUID> watched) {
    return current().active(watched, clock.instant(), limit);
  }

  private synchronized HostPulse current() {
    HostPulse known = pulse.orElseGet(() -> HostPulse.begin(clock.instant()));
    pulse = Optional.of(known);
    return known;
  }

  private void ask() {
    HostPulse before = current();
    if (!asked.compareAndSet(false, true)) {
      return;
    }
    try {
      asking.execute(this::answer);
    } catch (RuntimeException e) {
      asked.set(false);
      pulse = Optional.of(before.failed("it cannot be asked: " + e.getMessage()));
    }
  }

  private void answer() {
    try {
      Set<UUID> running =
          host.virtualMachines().stream()
              .filter(m -> m.state() == RunState.RUNNING || m.state() == RunState.SUSPENDED)
              .map(VirtualMachine::id)
              .collect(Collectors.toSet());
      pulse = Optional.of(current().answered(clock.instant(), running));
    } catch (ServiceException e) {
      pulse = Optional.of(current().failed(e.problem() + ": " + e.detail()));
    } catch (RuntimeException e) {
      LOG.log(Logger.Level.ERROR, "the host cannot be asked", e);
      pulse = Optional.of(current().failed("the server failed; its log says why"));
    } finally {
      asked.set(false);
    }
  }

  /** A silence that could not be recorded while it lasted is recorded afterwards, with its end. */
  private synchronized void tell() {
    HostPulse now = current();
    boolean silent = now.isSilent(clock.instant(), limit);
    if (silent) {
      unrecorded = unrecorded.or(() -> Optional.of(now));
    }
    Optional<Instant> open = recorded.orElseGet(() -> silences.open(hostId));
    if (open.isEmpty() && unrecorded.isPresent()) {
      HostPulse quiet = unrecorded.get();
      silences.silent(hostId, quiet.since(), reason(quiet));
      open = Optional.of(quiet.since());
    }
    recorded = Optional.of(open);
    unrecorded = Optional.empty();
    if (!silent && open.isPresent() && now.active().isPresent()) {
      silences.back(hostId, open.get(), now.since());
      recorded = Optional.of(Optional.empty());
    }
  }

  private static String reason(HostPulse pulse) {
    return pulse.failure().isEmpty() ? "it does not answer" : pulse.failure();
  }

  /** Once, not with every look. */
  private void complain(String failure) {
    if (!failure.equals(lastFailure)) {
      LOG.log(Logger.Level.WARNING, "what the host does cannot be recorded: {0}", failure);
      lastFailure = failure;
    }
  }
}
