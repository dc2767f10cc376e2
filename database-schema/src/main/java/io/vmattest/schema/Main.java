// SPDX-License-Identifier: Apache-2.0
package io.vmattest.schema;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * {@code Main h2|postgresql FILE}: brings the tables up to date. FILE has the properties that the
 * server is started with; of PostgreSQL's they name the owner of the tables ({@code
 * vmattest.postgresql.owner}) and the file of his password ({@code
 * vmattest.postgresql.owner.password.file}). Exit status 0 if the tables are as they should be, 1
 * if not, 2 if it was called wrongly.
 */
public final class Main {
  /** Held, so that its level stays: only what goes wrong is said. */
  private static final Logger FLYWAY = Logger.getLogger("org.flywaydb");

  private Main() {}

  public static void main(String[] args) {
    System.exit(run(args, System.err));
  }

  static int run(String[] args, PrintStream err) {
    if (args.length != 2 || !args[0].matches("h2|postgresql")) {
      err.println("usage: schema h2|postgresql PROPERTIES");
      return 2;
    }
    FLYWAY.setLevel(Level.WARNING);
    try {
      Optional<Database> database = database(args[0], Path.of(args[1]));
      if (database.isEmpty()) {
        err.println("schema: vmattest.postgresql.owner is not set; the tables are left alone");
        return 0;
      }
      int ran = new Schema(database.get()).migrate();
      if (ran > 0) {
        err.println("schema: " + ran + " migrations ran");
      }
      return 0;
    } catch (IOException | SchemaException | IllegalArgumentException e) {
      err.println("schema: " + e.getMessage());
      return 1;
    }
  }

  private static Optional<Database> database(String kind, Path file) throws IOException {
    Properties properties = new Properties();
    try (InputStream in = Files.newInputStream(file)) {
      properties.load(in);
    }
    return Database.of(Database.Kind.valueOf(kind.toUpperCase(Locale.ROOT)), properties);
  }
}
