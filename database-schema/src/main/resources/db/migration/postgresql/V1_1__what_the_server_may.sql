-- SPDX-License-Identifier: Apache-2.0
-- The server's user adds to the ledger and cannot change it. The trigger stops the tables' owner too, who would have to
-- drop it first; a superuser is stopped by nothing here, but found by seals, tree and checkpoints.

CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

DO $$
DECLARE
    append_only TEXT;
BEGIN
    FOREACH append_only IN ARRAY ARRAY['ledger_entry', 'ledger_body', 'ledger_tile', 'ledger_checkpoint', 'report_config',
                                       'report', 'rejected_report', 'enrolment']
    LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()', append_only);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO ${server}', append_only);
    END LOOP;
END
$$;

GRANT SELECT, UPDATE ON ledger_head TO ${server};
GRANT SELECT, INSERT, UPDATE, DELETE
    ON report_guest, report_chain, vm_state, vm_baseline, vm_policy, closed_case, operation TO ${server};
