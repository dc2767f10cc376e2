-- SPDX-License-Identifier: Apache-2.0
-- Digests are lower-case hex, instants milliseconds since 1970, identifiers of virtual machines UUIDs.

-- The ledger. Rows of the next five tables are only ever added.

CREATE TABLE ledger_entry (
    entry_index BIGINT NOT NULL PRIMARY KEY,
    entry_type VARCHAR(32) NOT NULL,
    occurred_at BIGINT NOT NULL,
    vm_id VARCHAR(36),
    body_digest VARCHAR(64) NOT NULL,
    previous_hash VARCHAR(64) NOT NULL,
    entry_hash VARCHAR(64) NOT NULL UNIQUE,
    summary VARCHAR(1000) NOT NULL,
    -- HMAC-SHA256 over the columns above, by the HSM's key of this label.
    seal_key VARCHAR(64) NOT NULL,
    seal BYTEA NOT NULL
);
CREATE INDEX ledger_entry_vm ON ledger_entry (vm_id, entry_index);

CREATE TABLE ledger_body (
    entry_index BIGINT NOT NULL PRIMARY KEY,
    body BYTEA NOT NULL,
    CONSTRAINT ledger_body_of_entry FOREIGN KEY (entry_index) REFERENCES ledger_entry
);

-- Full tiles of the Merkle tree, 256 hashes each (C2SP tlog-tiles). What is not full yet is made of the entries.
CREATE TABLE ledger_tile (
    tile_level INTEGER NOT NULL,
    tile_index BIGINT NOT NULL,
    hashes BYTEA NOT NULL,
    PRIMARY KEY (tile_level, tile_index)
);

-- Signed tree heads (C2SP tlog-checkpoint).
CREATE TABLE ledger_checkpoint (
    tree_size BIGINT NOT NULL PRIMARY KEY,
    made_at BIGINT NOT NULL,
    counter_id VARCHAR(64),
    counter_value BIGINT,
    note VARCHAR(10000) NOT NULL
);
CREATE INDEX ledger_checkpoint_counter ON ledger_checkpoint (counter_id, counter_value);

-- The configurations that reports name, each once.
CREATE TABLE report_config (
    digest VARCHAR(64) NOT NULL PRIMARY KEY,
    config VARCHAR NOT NULL
);

-- Who appends holds this row locked: it puts the writers of all servers in order.
CREATE TABLE ledger_head (
    id INTEGER NOT NULL PRIMARY KEY,
    next_index BIGINT NOT NULL,
    entry_hash VARCHAR(64) NOT NULL,
    -- What the log is called on its checkpoints; empty until the first.
    origin VARCHAR(255) NOT NULL
);
INSERT INTO ledger_head (id, next_index, entry_hash, origin)
    VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000', '');

-- What is found by the ledger's entries.

CREATE TABLE report (
    digest VARCHAR(64) NOT NULL PRIMARY KEY,
    vm_id VARCHAR(36) NOT NULL,
    sequence_no BIGINT NOT NULL,
    snapshot_kept BOOLEAN NOT NULL,
    ledger_index BIGINT NOT NULL REFERENCES ledger_entry,
    config_digest VARCHAR(64) NOT NULL REFERENCES report_config,
    UNIQUE (vm_id, sequence_no)
);

CREATE TABLE report_guest (
    report VARCHAR(64) NOT NULL PRIMARY KEY,
    document BYTEA NOT NULL
);

CREATE TABLE rejected_report (
    digest VARCHAR(64) NOT NULL PRIMARY KEY,
    rejected_at BIGINT NOT NULL,
    reason VARCHAR(1000) NOT NULL,
    message BYTEA NOT NULL
);

CREATE TABLE enrolment (
    key_evidence VARCHAR(64) NOT NULL PRIMARY KEY,
    enrolled_at BIGINT NOT NULL,
    cose BYTEA NOT NULL
);

-- What is the case now, and changes.

CREATE TABLE report_chain (
    vm_id VARCHAR(36) NOT NULL PRIMARY KEY,
    sequence_no BIGINT NOT NULL,
    digest VARCHAR(64)
);

CREATE TABLE vm_state (
    vm_id VARCHAR(36) NOT NULL PRIMARY KEY,
    vm_name VARCHAR NOT NULL,
    last_sequence BIGINT NOT NULL,
    last_digest VARCHAR(64) NOT NULL,
    last_issued_at BIGINT NOT NULL,
    verdict VARCHAR(16)
);

CREATE TABLE vm_baseline (
    vm_id VARCHAR(36) NOT NULL PRIMARY KEY,
    digest VARCHAR(64) NOT NULL,
    set_at BIGINT NOT NULL
);

CREATE TABLE vm_policy (
    vm_id VARCHAR(36) NOT NULL PRIMARY KEY,
    live_components VARCHAR NOT NULL,
    exact_components VARCHAR NOT NULL,
    roll_back BOOLEAN NOT NULL,
    interval_seconds BIGINT NOT NULL,
    max_pause_millis BIGINT DEFAULT 1000 NOT NULL,
    guest_forbidden VARCHAR DEFAULT 'privileges' NOT NULL,
    guest_executables VARCHAR DEFAULT '' NOT NULL,
    keep_snapshots BIGINT,
    keep_seconds BIGINT,
    keep_bytes BIGINT
);

CREATE TABLE closed_case (
    vm_id VARCHAR(36) NOT NULL PRIMARY KEY,
    snapshot VARCHAR(64) NOT NULL,
    closed_at BIGINT NOT NULL
);

CREATE TABLE operation (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    kind VARCHAR(32) NOT NULL,
    vm_id VARCHAR(36),
    state VARCHAR(16) NOT NULL,
    started_at BIGINT NOT NULL,
    result VARCHAR NOT NULL,
    failure_reason VARCHAR(64),
    failure_detail VARCHAR(2000)
);
