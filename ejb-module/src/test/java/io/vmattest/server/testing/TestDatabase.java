// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.testing;

import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.Persistence;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;

/** A database in memory with the application's own schema. */
public final class TestDatabase implements AutoCloseable {
  private final String url = "jdbc:h2:mem:" + UUID.randomUUID() + ";LOCK_TIMEOUT=10000";

  /** The database lasts as long as this connection. */
  private final Connection anchor = connect();

  private EntityManagerFactory factory = open();

  private Connection connect() {
    try {
      return DriverManager.getConnection(url);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private EntityManagerFactory open() {
    return Persistence.createEntityManagerFactory(
        "vmattest-test", Map.of("jakarta.persistence.jdbc.url", url));
  }

  /** As a restart of the server does. */
  public void reopen() {
    factory.close();
    factory = open();
  }

  /** Commits what the work did, unless it throws. */
  public <T> T transaction(Function<EntityManager, T> work) {
    EntityManager em = factory.createEntityManager();
    try {
      em.getTransaction().begin();
      T result = work.apply(em);
      em.getTransaction().commit();
      return result;
    } finally {
      if (em.getTransaction().isActive()) {
        em.getTransaction().rollback();
      }
      em.close();
    }
  }

  public void run(Consumer<EntityManager> work) {
    transaction(
        em -> {
          work.accept(em);
          return em;
        });
  }

  /** Changes rows behind the application's back. */
  public void tamper(String sql) {
    run(em -> em.createNativeQuery(sql).executeUpdate());
  }

  @Override
  public void close() {
    factory.close();
    try {
      anchor.close();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
