// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web;

/** Who may do what: a viewer looks, an auditor reads the ledger, an operator acts, an admin all. */
public final class Roles {
  public static final String VIEWER = "viewer";
  public static final String AUDITOR = "auditor";
  public static final String OPERATOR = "operator";
  public static final String ADMIN = "admin";

  private Roles() {}
}
