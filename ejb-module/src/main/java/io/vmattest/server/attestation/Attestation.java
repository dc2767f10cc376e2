// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.attestation;

import io.vmattest.core.appraisal.PageDifferences;
import io.vmattest.server.ledger.StoredReport;
import java.util.Optional;

/** A fresh report, appended, and the pages that differ from the snapshot it was compared with. */
public record Attestation(StoredReport report, Optional<PageDifferences> differences) {}
