// SPDX-License-Identifier: Apache-2.0
package io.vmattest.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchemaTest {
  private static final String PASSWORD = "secret";

  @TempDir Path dir;
  private Path properties;

  @BeforeEach
  void describeTheServer() throws IOException {
    properties = dir.resolve("server.properties");
    Files.writeString(
        properties, "jboss.server.data.dir=%s\nvmattest.h2.password=%s\n".formatted(dir, PASSWORD));
  }

  @Test
  void makesTheTablesOnceAndThenLeavesThemAlone() throws SQLException {
    assertEquals("schema: 5 migrations ran\n", migrated(0));
    assertEquals("", migrated(0));
    assertEquals(0, number("SELECT next_index FROM ledger_head"));
  }

  @Test
  void doesNotTouchADatabaseThatItDidNotMake() throws SQLException {
    sql("CREATE TABLE ledger_head (id INTEGER)");
    String said = migrated(1);
    assertTrue(said.contains("non-empty schema"), said);
    assertEquals(0, number("SELECT COUNT(*) FROM ledger_head"));
  }

  @Test
  void saysThatAMigrationWasChangedAfterItRan() throws SQLException {
    migrated(0);
    sql("UPDATE \"flyway_schema_history\" SET \"checksum\" = 1 WHERE \"version\" = '1'");
    String said = migrated(1);
    assertTrue(said.contains("checksum mismatch"), said);
  }

  @Test
  void leavesPostgresqlAloneWhoseOwnerIsNotNamed() {
    assertTrue(run(0, "postgresql", properties.toString()).contains("are left alone"));
  }

  @Test
  void saysWhatIsWrongWithACall() {
    assertTrue(run(2, "oracle", properties.toString()).startsWith("usage:"));
    assertTrue(run(1, "h2", dir.resolve("none").toString()).contains("none"));
  }

  @Test
  void refusesAServersUserWhoseNameIsNoName() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new Database(Database.Kind.POSTGRESQL, "jdbc:", "owner", "", "x\"; DROP TABLE y"));
  }

  private String migrated(int status) {
    return run(status, "h2", properties.toString());
  }

  private static String run(int status, String... args) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    int got = Main.run(args, new PrintStream(said, true, StandardCharsets.UTF_8));
    String text = said.toString(StandardCharsets.UTF_8);
    assertEquals(status, got, text);
    return text;
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(
        "jdbc:h2:file:" + dir + "/h2/vmattest", "vmattest", PASSWORD);
  }

  private void sql(String text) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(text);
    }
  }

  private long number(String query) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      rows.next();
      return rows.getLong(1);
    }
  }
}
