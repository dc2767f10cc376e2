-- SPDX-License-Identifier: Apache-2.0
-- A check of the ledger compares each entry with its row of reports, page by page: without an index it would read all rows for every page.

CREATE INDEX report_of_entry ON report (ledger_index);
