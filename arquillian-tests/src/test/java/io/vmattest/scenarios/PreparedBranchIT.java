// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vmattest.database.PostgresqlXaDataSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.Properties;
import java.util.UUID;
import javax.sql.XAConnection;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.postgresql.xa.PGXADataSource;

/** A branch of a transaction whose backend PostgreSQL ends between prepare and commit. */
@ExtendWith(ArquillianExtension.class)
class PreparedBranchIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Testbed TESTBED = Testbed.get();

  private final Xid xid = new Branch(UUID.randomUUID());

  /** As the server's own, of which it is none. */
  private record Branch(UUID id) implements Xid {
    @Override
    public int getFormatId() {
      return 4711;
    }

    @Override
    public byte[] getGlobalTransactionId() {
      return ByteBuffer.allocate(16)
          .putLong(id.getMostSignificantBits())
          .putLong(id.getLeastSignificantBits())
          .array();
    }

    @Override
    public byte[] getBranchQualifier() {
      return new byte[] {1};
    }
  }

  @BeforeEach
  void onPostgresqlAlone() {
    assumeTrue(TESTBED.database().equals("postgresql"), "it is about PostgreSQL's driver");
  }

  @Test
  void itIsToBeCommittedAgainAndThenIs() throws Exception {
    try (Prepared branch = new Prepared(source(new PostgresqlXaDataSource()))) {
      XAException e = assertThrows(XAException.class, () -> branch.resource().commit(xid, false));
      assertEquals(XAException.XAER_RMFAIL, e.errorCode, e.toString());
    }
    XAConnection recovery = source(new PostgresqlXaDataSource()).getXAConnection();
    try {
      assertTrue(isPrepared(recovery));
      recovery.getXAResource().commit(xid, false);
      assertFalse(isPrepared(recovery));
    } finally {
      recovery.close();
    }
  }

  /** When this fails, the driver has come to say it itself, and ours is not needed any more. */
  @Test
  void theDriverAloneGivesItUp() throws Exception {
    try (Prepared branch = new Prepared(source(new PGXADataSource()))) {
      XAException e = assertThrows(XAException.class, () -> branch.resource().rollback(xid));
      assertEquals(XAException.XAER_RMERR, e.errorCode, e.toString());
    }
    XAConnection recovery = source(new PostgresqlXaDataSource()).getXAConnection();
    try {
      assertTrue(isPrepared(recovery));
      recovery.getXAResource().rollback(xid);
      assertFalse(isPrepared(recovery));
    } finally {
      recovery.close();
    }
  }

  private boolean isPrepared(XAConnection connection) throws SQLException, XAException {
    return Arrays.stream(
            connection.getXAResource().recover(XAResource.TMSTARTRSCAN | XAResource.TMENDRSCAN))
        .anyMatch(
            other -> Arrays.equals(other.getGlobalTransactionId(), xid.getGlobalTransactionId()));
  }

  private static <T extends PGXADataSource> T source(T source) throws IOException {
    Properties properties = new Properties();
    properties.load(Files.newBufferedReader(TESTBED.state().resolve("server.properties")));
    source.setServerNames(new String[] {"127.0.0.1"});
    source.setPortNumbers(
        new int[] {Integer.parseInt(properties.getProperty("vmattest.postgresql.port"))});
    source.setDatabaseName("vmattest");
    source.setUser("vmattest_server");
    source.setPassword(properties.getProperty("vmattest.postgresql.password"));
    return source;
  }

  /** Prepared, and its backend at an end. */
  private final class Prepared implements AutoCloseable {
    private final XAConnection connection;

    Prepared(PGXADataSource source) throws SQLException, XAException {
      connection = source.getXAConnection();
      Connection sql = connection.getConnection();
      int backend = number(sql, "SELECT pg_backend_pid()");
      resource().start(xid, XAResource.TMNOFLAGS);
      number(sql, "SELECT count(*) FROM ledger_head");
      resource().end(xid, XAResource.TMSUCCESS);
      assertEquals(XAResource.XA_OK, resource().prepare(xid));
      try (Connection other = source.getConnection()) {
        assertEquals(1, number(other, "SELECT pg_terminate_backend(" + backend + ")::int"));
        Await.until("the backend's end", SOON, () -> !isThere(other, backend));
      }
    }

    XAResource resource() throws SQLException {
      return connection.getXAResource();
    }

    @Override
    public void close() throws SQLException {
      connection.close();
    }
  }

  private static boolean isThere(Connection sql, int backend) {
    try {
      return number(sql, "SELECT count(*) FROM pg_stat_activity WHERE pid = " + backend) > 0;
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  private static int number(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      assertTrue(result.next());
      return result.getInt(1);
    }
  }
}
