// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.bodies;

import io.vmattest.server.testing.TestDatabase;
import java.time.Clock;
import java.util.Optional;

/** Data keys of a database, as the container would wire them. */
public final class BodyParts {
  private BodyParts() {}

  public static BodyKeys keys(TestDatabase database, KeyWrapping wrapping) {
    return wired(new BodyKeys(), database, wrapping);
  }

  /** Of keys that encrypt so many bodies each. */
  static BodyKeys keys(TestDatabase database, KeyWrapping wrapping, long most) {
    return wired(new BodyKeys(most), database, wrapping);
  }

  private static BodyKeys wired(BodyKeys keys, TestDatabase database, KeyWrapping wrapping) {
    keys.wrapping = wrapping;
    keys.store = new OwnTransactions(database);
    keys.clock = Clock.systemUTC();
    return keys;
  }

  private static final class OwnTransactions extends BodyKeyStore {
    private final TestDatabase database;

    OwnTransactions(TestDatabase database) {
      this.database = database;
    }

    @Override
    public void add(BodyKeyRow row) {
      database.run(em -> em.persist(row));
    }

    @Override
    public Optional<BodyKeyRow> find(String id) {
      return database.transaction(em -> Optional.ofNullable(em.find(BodyKeyRow.class, id)));
    }
  }
}
