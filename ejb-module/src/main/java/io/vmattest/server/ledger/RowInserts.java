// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;

/**
 * Inserts many rows at once, past the persistence context: it would keep a copy of each and look
 * for changes of what is never changed.
 */
final class RowInserts {
  private RowInserts() {}

  /** A row that can be inserted so. */
  interface Row {
    /** Sets all parameters of the statement. */
    void bind(PreparedStatement insert) throws SQLException;
  }

  /**
   * Inserts in the caller's transaction, at once.
   *
   * @throws PersistenceException if not all could be
   */
  static void insert(EntityManager em, String sql, List<? extends Row> rows) {
    if (rows.isEmpty()) {
      return;
    }
    Connection connection = em.unwrap(Connection.class);
    try (PreparedStatement insert = connection.prepareStatement(sql)) {
      for (Row row : rows) {
        row.bind(insert);
        insert.addBatch();
      }
      insert.executeBatch();
    } catch (SQLException e) {
      throw new PersistenceException("rows could not be inserted: " + e.getMessage(), e);
    }
  }
}
