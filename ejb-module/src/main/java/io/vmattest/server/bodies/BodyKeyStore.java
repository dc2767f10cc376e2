// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.bodies;

import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import java.util.Optional;

/** The wrapped data keys in the database. */
@Stateless
public class BodyKeyStore {
  @Inject EntityManager em;

  /** Durable when it returns, whatever becomes of the caller's transaction. */
  @TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
  public void add(BodyKeyRow row) {
    em.persist(row);
  }

  public Optional<BodyKeyRow> find(String id) {
    return Optional.ofNullable(em.find(BodyKeyRow.class, id));
  }
}
