-- SPDX-License-Identifier: Apache-2.0
-- Rows that refer to an entry are written by the transaction that appends it, and a check of the ledger compares each with its entry.
-- A foreign key looks again for every row and locks what it finds, which writes it once more: a third of the database's work.

ALTER TABLE ledger_body DROP CONSTRAINT ledger_body_of_entry;
ALTER TABLE report DROP CONSTRAINT report_ledger_index_fkey;
ALTER TABLE report DROP CONSTRAINT report_config_digest_fkey;

-- What is only added to leaves nothing to clean up: it is enough to read it again when it has doubled, not for every fifth.

DO $$
DECLARE
    growing TEXT;
BEGIN
    FOREACH growing IN ARRAY ARRAY['ledger_entry', 'ledger_body', 'report']
    LOOP
        EXECUTE format('ALTER TABLE %I SET (autovacuum_vacuum_insert_scale_factor = 1, autovacuum_analyze_scale_factor = 1)', growing);
    END LOOP;
END
$$;
ALTER TABLE ledger_body SET (toast.autovacuum_vacuum_insert_scale_factor = 1);
