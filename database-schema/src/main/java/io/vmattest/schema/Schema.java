// SPDX-License-Identifier: Apache-2.0
package io.vmattest.schema;

import java.util.Map;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/** The tables of a database, by its migrations ({@code db/migration}). */
public final class Schema {
  private final Database database;

  /** Of a database, by the rights of its owner. */
  public Schema(Database database) {
    this.database = database;
  }

  /**
   * Runs the migrations that have not run yet. Another process that does the same is waited for.
   *
   * @return how many ran
   * @throws SchemaException if one fails, or the tables are not those that the migrations made
   */
  public int migrate() throws SchemaException {
    try {
      return Flyway.configure()
          .dataSource(database.url(), database.owner(), database.password())
          .locations(locations())
          .placeholders(Map.of("server", '"' + database.serverUser() + '"'))
          .load()
          .migrate()
          .migrationsExecuted;
    } catch (FlywayException e) {
      throw new SchemaException(String.valueOf(e.getMessage()), e);
    }
  }

  private String[] locations() {
    return switch (database.kind()) {
      case H2 -> new String[] {"classpath:db/migration/common"};
      case POSTGRESQL ->
          new String[] {"classpath:db/migration/common", "classpath:db/migration/postgresql"};
    };
  }
}
