-- SPDX-License-Identifier: Apache-2.0

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON body_key
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
GRANT SELECT, INSERT ON body_key TO ${server};
