// SPDX-License-Identifier: Apache-2.0
package io.vmattest.schema;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Pattern;

/**
 * Where the tables are, and whose.
 *
 * @param url of JDBC
 * @param owner owns the tables
 * @param serverUser the user that the server works as; on H2 the owner, whose rights XA needs there
 */
public record Database(Kind kind, String url, String owner, String password, String serverUser) {
  private static final Pattern USER = Pattern.compile("[A-Za-z_][A-Za-z0-9_-]{0,62}");

  public Database {
    if (!USER.matcher(serverUser).matches()) {
      throw new IllegalArgumentException("\"" + serverUser + "\" is no name of a database's user");
    }
  }

  /** What the migrations differ by. */
  public enum Kind {
    H2,
    POSTGRESQL
  }

  /**
   * By the properties that the server is started with (docs/operations.md). Empty where the owner
   * of a PostgreSQL database is not named: its tables are somebody else's affair then.
   *
   * @throws IOException if the owner's password cannot be read
   */
  static Optional<Database> of(Kind kind, Properties properties) throws IOException {
    String owner = properties.getProperty("vmattest.postgresql.owner");
    if (kind == Kind.H2) {
      return Optional.of(h2(properties));
    }
    return owner == null ? Optional.empty() : Optional.of(postgresql(properties, owner));
  }

  private static Database h2(Properties properties) {
    String url = "jdbc:h2:file:" + properties.getProperty("jboss.server.data.dir") + "/h2/vmattest";
    return new Database(
        Kind.H2, url, "vmattest", properties.getProperty("vmattest.h2.password", ""), "vmattest");
  }

  private static Database postgresql(Properties properties, String owner) throws IOException {
    String passwordFile = properties.getProperty("vmattest.postgresql.owner.password.file", "");
    String password = Files.readString(Path.of(passwordFile)).strip();
    String url =
        "jdbc:postgresql://%s:%s/%s?sslmode=%s"
            .formatted(
                properties.getProperty("vmattest.postgresql.host", "127.0.0.1"),
                properties.getProperty("vmattest.postgresql.port", "5432"),
                properties.getProperty("vmattest.postgresql.database", "vmattest"),
                properties.getProperty("vmattest.postgresql.sslmode", "prefer"));
    String server = properties.getProperty("vmattest.postgresql.user", "vmattest_server");
    return new Database(Kind.POSTGRESQL, url, owner, password, server);
  }
}
