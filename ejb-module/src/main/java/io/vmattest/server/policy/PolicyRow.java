// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.policy;

import io.vmattest.core.appraisal.AppraisalPolicy;
import io.vmattest.core.appraisal.GuestPolicy;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A VM's policy; sets are comma-separated, for no component's name has a comma. Paths are a line
 * each.
 */
@Entity
@Table(name = "vm_policy")
public class PolicyRow {
  @Id
  @Column(name = "vm_id")
  private String vmId;

  @Column(name = "live_components")
  private String live;

  @Column(name = "exact_components")
  private String exact;

  @Column(name = "guest_forbidden")
  private String forbidden;

  @Column(name = "guest_executables")
  private String executables;

  @Column(name = "reaction")
  private String reaction;

  @Column(name = "cool_down_seconds")
  private long coolDownSeconds;

  @Column(name = "most_rollbacks")
  private long mostRollbacks;

  @Column(name = "rollback_period_seconds")
  private long rollbackPeriodSeconds;

  @Column(name = "interval_seconds")
  private long intervalSeconds;

  @Column(name = "keep_snapshots")
  private @Nullable Long keepSnapshots;

  @Column(name = "keep_seconds")
  private @Nullable Long keepSeconds;

  @Column(name = "keep_bytes")
  private @Nullable Long keepBytes;

  @Column(name = "max_pause_millis")
  private long maxPauseMillis;

  @SuppressWarnings("NullAway.Init")
  protected PolicyRow() {}

  PolicyRow(UUID vm, VmPolicy policy) {
    this.vmId = vm.toString();
    this.live = join(policy.appraisal().live());
    this.exact = join(policy.appraisal().exact());
    this.forbidden = join(GuestTerms.names(policy.appraisal().guest().forbidden()));
    this.executables = String.join("\n", new TreeSet<>(policy.appraisal().guest().executables()));
    this.reaction = policy.reaction().reaction().name();
    this.coolDownSeconds = policy.reaction().coolDown().toSeconds();
    this.mostRollbacks = policy.reaction().mostRollbacks();
    this.rollbackPeriodSeconds = policy.reaction().period().toSeconds();
    this.intervalSeconds = policy.interval().toSeconds();
    this.keepSnapshots = policy.retention().snapshots().orElse(null);
    this.keepSeconds = policy.retention().age().map(Duration::toSeconds).orElse(null);
    this.keepBytes = policy.retention().bytes().orElse(null);
    this.maxPauseMillis = policy.maxPause().toMillis();
  }

  UUID vm() {
    return UUID.fromString(vmId);
  }

  /**
   * @throws ServiceException with LEDGER_DAMAGED if the row was not written by this application
   */
  VmPolicy policy() {
    try {
      return new VmPolicy(
          new AppraisalPolicy(split(live), split(exact), guest()),
          Duration.ofSeconds(intervalSeconds),
          Duration.ofMillis(maxPauseMillis),
          retention(),
          reaction());
    } catch (ServiceException e) {
      throw damaged(e.detail(), e);
    } catch (IllegalArgumentException e) {
      throw damaged("no reaction is called " + reaction, e);
    }
  }

  private ServiceException damaged(String detail, RuntimeException cause) {
    return new ServiceException(
        Problem.LEDGER_DAMAGED, "the stored policy of VM " + vmId + ": " + detail, cause);
  }

  private ReactionTerms reaction() {
    return new ReactionTerms(
        Reaction.valueOf(reaction),
        Duration.ofSeconds(coolDownSeconds),
        mostRollbacks,
        Duration.ofSeconds(rollbackPeriodSeconds));
  }

  private GuestPolicy guest() {
    return new GuestPolicy(
        GuestTerms.forbidden(split(forbidden)),
        executables.isEmpty() ? Set.of() : Set.of(executables.split("\n", -1)));
  }

  private Retention retention() {
    return new Retention(
        Optional.ofNullable(keepSnapshots),
        Optional.ofNullable(keepSeconds).map(Duration::ofSeconds),
        Optional.ofNullable(keepBytes));
  }

  private static String join(Set<String> names) {
    return String.join(",", new TreeSet<>(names));
  }

  private static Set<String> split(String names) {
    return names.isEmpty() ? Set.of() : Set.of(names.split(",", -1));
  }
}
