// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.operations;

import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.persistence.EntityManager;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** The rows of operations, each change in a transaction of its own. */
@Stateless
@TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
public class OperationStore {
  @Inject EntityManager em;

  public void started(UUID id, String kind, Optional<UUID> vm, Instant at) {
    em.persist(new OperationRow(id, kind, vm, at));
  }

  public void succeeded(UUID id, JsonObject result) {
    find(id).ifPresent(row -> row.succeeded(result));
  }

  public void failed(UUID id, Operation.Failure failure) {
    find(id).ifPresent(row -> row.failed(failure));
  }

  public Optional<Operation> load(UUID id) {
    return find(id).map(OperationRow::operation);
  }

  /** The VM's operation of a kind that was started last. */
  public Optional<Operation> last(String kind, UUID vm) {
    return em.createQuery(
            "SELECT o FROM OperationRow o WHERE o.kind = :kind AND o.vmId = :vm"
                + " ORDER BY o.startedAt DESC",
            OperationRow.class)
        .setParameter("kind", kind)
        .setParameter("vm", vm.toString())
        .setMaxResults(1)
        .getResultStream()
        .findFirst()
        .map(OperationRow::operation);
  }

  private Optional<OperationRow> find(UUID id) {
    return Optional.ofNullable(em.find(OperationRow.class, id.toString()));
  }

  /** Operations that a server which is no more left unfinished. */
  public int failUnfinished(Operation.Failure failure) {
    var rows =
        em.createQuery("SELECT o FROM OperationRow o WHERE o.state = :state", OperationRow.class)
            .setParameter("state", Operation.State.RUNNING.name())
            .getResultList();
    rows.forEach(row -> row.failed(failure));
    return rows.size();
  }
}
