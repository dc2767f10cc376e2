// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.report.Digest;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** A configuration that reports name: a VM's is the same for months, and kept once. */
@Entity
@Table(name = "report_config")
public class ConfigRow {
  @Id
  @Column(name = "digest", updatable = false)
  private String digest;

  @Column(name = "config", updatable = false)
  private String config;

  @SuppressWarnings("NullAway.Init")
  protected ConfigRow() {}

  ConfigRow(Digest digest, String config) {
    this.digest = digest.hex();
    this.config = config;
  }

  String config() {
    return config;
  }
}
