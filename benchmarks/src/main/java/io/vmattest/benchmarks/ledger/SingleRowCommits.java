// SPDX-License-Identifier: Apache-2.0
package io.vmattest.benchmarks.ledger;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;

/**
 * How many transactions of one small row a database makes durable in a second, one after the other.
 *
 * <p>Arguments: JDBC URL, user, password, seconds. Makes a table of its own and drops it.
 */
public final class SingleRowCommits {
  private SingleRowCommits() {}

  public static void main(String[] args) throws Exception {
    try (Connection connection = DriverManager.getConnection(args[0], args[1], args[2])) {
      try (Statement statement = connection.createStatement()) {
        statement.execute(
            "CREATE TABLE single_row_commits (id BIGINT PRIMARY KEY, body VARCHAR(100))");
        measure(connection, 1);
        System.out.printf(Locale.ROOT, "%.1f%n", measure(connection, Double.parseDouble(args[3])));
        statement.execute("DROP TABLE single_row_commits");
      }
    }
  }

  private static double measure(Connection connection, double seconds) throws SQLException {
    connection.setAutoCommit(false);
    long began = System.nanoTime();
    long rows = 0;
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO single_row_commits VALUES (?, ?)")) {
      while ((System.nanoTime() - began) / 1e9 < seconds) {
        insert.setLong(1, began + rows++);
        insert.setString(2, "a row of a hundred bytes at most");
        insert.executeUpdate();
        connection.commit();
      }
    }
    double rate = rows / ((System.nanoTime() - began) / 1e9);
    connection.setAutoCommit(true);
    return rate;
  }
}
