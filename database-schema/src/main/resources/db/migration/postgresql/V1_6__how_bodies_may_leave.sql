-- SPDX-License-Identifier: Apache-2.0
-- Data keys and the rows of files are only added. Bodies leave ledger_body in one way: those of reports, once an entry of the
-- ledger says which file has them. The server's user has still no right to delete; it calls a function of the owner's. The trigger
-- holds the owner to the same, who would have to drop it first.

DO $$
DECLARE
    append_only TEXT;
BEGIN
    FOREACH append_only IN ARRAY ARRAY['body_key', 'ledger_archive']
    LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()', append_only);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO ${server}', append_only);
    END LOOP;
END
$$;

-- Whether the body of an entry is a report's, and is said to be in a file: by a row, and by the entry that the row names.
CREATE FUNCTION ledger_body_is_archived(wanted BIGINT) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1
        FROM (SELECT * FROM ledger_archive WHERE first_index <= wanted ORDER BY first_index DESC LIMIT 1) AS archive
        JOIN ledger_entry AS report ON report.entry_index = wanted AND report.entry_type = 'REPORT'
        JOIN ledger_entry AS said ON said.entry_index = archive.entry_index AND said.entry_type = 'LEDGER'
        JOIN ledger_body AS body ON body.entry_index = archive.entry_index
        WHERE archive.last_index >= wanted
            AND convert_from(body.body, 'UTF8')::jsonb @> jsonb_build_object(
                'what', 'bodies-archived', 'first', archive.first_index, 'last', archive.last_index,
                'file', archive.file, 'sha256', archive.sha256))
$$;

CREATE FUNCTION ledger_body_leaves_once_archived() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF ledger_body_is_archived(OLD.entry_index) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'no file is said to have the body of entry %', OLD.entry_index USING ERRCODE = 'insufficient_privilege';
END
$$;

DROP TRIGGER append_only ON ledger_body;
CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON ledger_body
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER once_archived BEFORE DELETE ON ledger_body
    FOR EACH ROW EXECUTE FUNCTION ledger_body_leaves_once_archived();

-- Deletes the archived bodies between two entries, with both; gives their number.
CREATE FUNCTION ledger_delete_archived(first_entry BIGINT, last_entry BIGINT) RETURNS BIGINT LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    deleted BIGINT;
BEGIN
    DELETE FROM ledger_body
        WHERE entry_index BETWEEN first_entry AND last_entry AND ledger_body_is_archived(entry_index);
    GET DIAGNOSTICS deleted = ROW_COUNT;
    RETURN deleted;
END
$$;

-- Whoever calls them has no say in which tables they read.
DO $$
DECLARE
    own TEXT;
BEGIN
    FOREACH own IN ARRAY ARRAY['ledger_body_is_archived(BIGINT)', 'ledger_body_leaves_once_archived()',
                               'ledger_delete_archived(BIGINT, BIGINT)']
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', own, current_schema());
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', own);
    END LOOP;
END
$$;
GRANT EXECUTE ON FUNCTION ledger_delete_archived(BIGINT, BIGINT) TO ${server};
