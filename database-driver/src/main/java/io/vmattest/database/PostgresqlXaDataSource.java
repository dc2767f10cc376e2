// SPDX-License-Identifier: Apache-2.0
package io.vmattest.database;

import java.sql.SQLException;
import javax.sql.XAConnection;
import org.jspecify.annotations.Nullable;
import org.postgresql.xa.PGXADataSource;

/**
 * The driver's data source, whose prepared branches are finished in the end ({@link KeptBranch}).
 */
public class PostgresqlXaDataSource extends PGXADataSource {
  private static final long serialVersionUID = 1;

  @Override
  public XAConnection getXAConnection(@Nullable String user, @Nullable String password)
      throws SQLException {
    return new KeptBranchConnection(super.getXAConnection(user, password));
  }
}
