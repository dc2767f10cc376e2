// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.bundle;

import io.vmattest.core.ledger.LedgerEntryData.Type;
import java.util.Locale;

/** An entry of the ledger that a case consists of: its body, itself, and its proof. */
public enum CasePart {
  /** How a rollback ended. */
  CASE(Type.ROLLBACK),
  /** The report that the VM was put back to. */
  BASELINE(Type.REPORT),
  /** The report in which discrepancies were found. */
  OBSERVED(Type.REPORT),
  /** The report of the state that was replaced. */
  SUSPECT(Type.REPORT),
  /** The report of the state that replaced it. */
  RESTORED(Type.REPORT),
  /** The signed result that names the discrepancies. */
  DISCREPANCIES(Type.VERDICT),
  /** The signed result on the restored state. */
  VERDICT(Type.VERDICT);

  private final Type type;

  CasePart(Type type) {
    this.type = type;
  }

  /** Of its entry. */
  public Type type() {
    return type;
  }

  public boolean isReport() {
    return type == Type.REPORT;
  }

  /** The entry's body: JSON, a signed report or a signed result. */
  public String body() {
    return stem() + (type == Type.ROLLBACK ? ".json" : ".cose");
  }

  /** The entry's CBOR. */
  public String entry() {
    return stem() + ".entry.cbor";
  }

  /** That it is in the ledger. */
  public String proof() {
    return stem() + ".tlog-proof";
  }

  /** Of the key that signed the report. */
  public String keyEvidence() {
    return stem() + ".key-evidence.cbor";
  }

  /** Of the key that signed the report, where the report carries one. */
  public String enrolment() {
    return stem() + ".enrolment.cose";
  }

  private String stem() {
    return name().toLowerCase(Locale.ROOT);
  }
}
