-- SPDX-License-Identifier: Apache-2.0
-- Data keys (AES-256) that the HSM wrapped: nonce, encrypted key, tag. Rows are only ever added.

CREATE TABLE body_key (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    -- Label of the HSM's key.
    wrapping_key VARCHAR(64) NOT NULL,
    wrapped BYTEA NOT NULL,
    made_at BIGINT NOT NULL
);

-- By which a row is encrypted; NULL if it is not.
ALTER TABLE ledger_body ADD COLUMN body_key VARCHAR(36);
ALTER TABLE ledger_body ADD CONSTRAINT ledger_body_key FOREIGN KEY (body_key) REFERENCES body_key (id);
ALTER TABLE report_guest ADD COLUMN body_key VARCHAR(36);
ALTER TABLE report_guest ADD CONSTRAINT report_guest_key FOREIGN KEY (body_key) REFERENCES body_key (id);

-- Files that bodies of reports were moved to: all of them from the first to the last entry. Rows are only ever added.
CREATE TABLE ledger_archive (
    first_index BIGINT NOT NULL PRIMARY KEY,
    last_index BIGINT NOT NULL,
    file VARCHAR(100) NOT NULL,
    sha256 VARCHAR(64) NOT NULL,
    -- The entry that says the same.
    entry_index BIGINT NOT NULL UNIQUE,
    CONSTRAINT ledger_archive_of_entry FOREIGN KEY (entry_index) REFERENCES ledger_entry,
    CONSTRAINT ledger_archive_range CHECK (first_index <= last_index)
);
