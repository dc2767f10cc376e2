// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.Persistence;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import org.h2.tools.RunScript;

/** A database in memory with the application's own schema. */
public final class TestDatabase implements AutoCloseable {
  private static final List<String> TABLES =
      List.of(
          "/db/migration/common/V1__tables.sql",
          "/db/migration/common/V1_3__cosignatures.sql",
          "/db/migration/common/V1_5__body_keys_and_archives.sql",
          "/db/migration/common/V1_9__reports_by_their_entries.sql",
          "/db/migration/common/V1_10__reactions.sql");

  /** How many of the scripts an older version had, whose policies knew no reactions. */
  public static final int BEFORE_REACTIONS = 4;

  private final String url = "jdbc:h2:mem:" + UUID.randomUUID() + ";LOCK_TIMEOUT=10000";

  /** The database lasts as long as this connection. */
  private final Connection anchor = connect();

  private final int made;
  private EntityManagerFactory factory;

  public TestDatabase() {
    this(TABLES.size());
  }

  /** As an older version left it, which had only so many of the scripts. */
  public TestDatabase(int scripts) {
    made = scripts;
    TABLES.subList(0, scripts).forEach(this::run);
    factory = open();
  }

  private Connection connect() {
    try {
      return DriverManager.getConnection(url);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Runs the scripts that it lacks, the migrations' own; that Flyway runs them is not what these
   * tests are about.
   */
  public void migrate() {
    TABLES.subList(made, TABLES.size()).forEach(this::run);
  }

  private void run(String resource) {
    try (Reader script =
        new InputStreamReader(
            requireNonNull(TestDatabase.class.getResourceAsStream(resource)), UTF_8)) {
      RunScript.execute(anchor, script);
    } catch (IOException | SQLException e) {
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
