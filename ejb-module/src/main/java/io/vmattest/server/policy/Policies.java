// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.policy;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import io.vmattest.server.events.EventPublisher;
import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.ledger.LedgerRecord;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObjectBuilder;
import jakarta.persistence.EntityManager;
import java.lang.System.Logger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/** The policies of the VMs; every change is recorded. */
@Stateless
public class Policies {
  private static final Logger LOG = System.getLogger(Policies.class.getName());

  @Inject EntityManager em;
  @Inject Ledger ledger;
  @Inject EventPublisher events;
  @Inject Event<PolicyChanged> changed;

  /** The VM's own policy, or the default. */
  public VmPolicy of(UUID vm) {
    return Optional.ofNullable(em.find(PolicyRow.class, vm.toString()))
        .map(PolicyRow::policy)
        .orElse(VmPolicy.DEFAULT);
  }

  /** How long a capture may pause the VM, also where its policy is damaged. */
  public Duration maxPause(UUID vm) {
    return Optional.ofNullable(em.find(PolicyRow.class, vm.toString()))
        .map(Policies::policyOrDefault)
        .orElse(VmPolicy.DEFAULT)
        .maxPause();
  }

  /** The VMs that have a policy of their own. */
  public Map<UUID, VmPolicy> own() {
    Map<UUID, VmPolicy> own = new TreeMap<>();
    em.createQuery("SELECT p FROM PolicyRow p", PolicyRow.class)
        .getResultStream()
        .forEach(row -> own.put(row.vm(), policyOrDefault(row)));
    return own;
  }

  /** One damaged row must not leave every other VM unwatched, nor its own. */
  private static VmPolicy policyOrDefault(PolicyRow row) {
    try {
      return row.policy();
    } catch (ServiceException e) {
      LOG.log(Logger.Level.ERROR, "the default stands in: {0}", e.detail());
      return VmPolicy.DEFAULT;
    }
  }

  public void set(UUID vm, VmPolicy policy) {
    em.merge(new PolicyRow(vm, policy));
    LedgerRecord entry =
        ledger.append(
            LedgerEntryData.Type.POLICY,
            Optional.of(vm),
            json(vm, policy).getBytes(StandardCharsets.UTF_8),
            "policy of " + vm);
    events.publish(
        entry.hash().hex(),
        new ServerEvent(
            ServerEvent.Type.POLICY,
            entry.data().at(),
            Optional.of(vm),
            Map.of("ledgerIndex", Long.toString(entry.data().index()))));
    changed.fire(new PolicyChanged(vm, policy));
  }

  /** When the VM's own policy was last recorded, if it ever was. */
  public Optional<Instant> recordedAt(UUID vm) {
    return ledger.latest(LedgerEntryData.Type.POLICY, vm, 1).stream()
        .map(entry -> entry.data().at())
        .findFirst();
  }

  /** Of a policy's JSON: the body's digest in the entry that records it, where there is one. */
  public static Digest digest(UUID vm, VmPolicy policy) {
    return Digest.sha256(json(vm, policy).getBytes(StandardCharsets.UTF_8));
  }

  private static String json(UUID vm, VmPolicy policy) {
    JsonObjectBuilder json =
        JSON.createObjectBuilder()
            .add("vm", vm.toString())
            .add("live", array(policy.appraisal().live()))
            .add("exact", array(policy.appraisal().exact()))
            .add("forbidden", array(GuestTerms.names(policy.appraisal().guest().forbidden())))
            .add("executables", array(policy.appraisal().guest().executables()))
            .add("intervalSeconds", policy.interval().toSeconds())
            .add("maxPauseMillis", policy.maxPause().toMillis());
    policy.reaction().addTo(json);
    policy.retention().addTo(json);
    return json.build().toString();
  }

  private static JsonArrayBuilder array(Collection<String> names) {
    return JSON.createArrayBuilder(new TreeSet<>(names));
  }
}
