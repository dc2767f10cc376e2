-- SPDX-License-Identifier: Apache-2.0
-- What is done about a discrepancy, and how often by itself. It was a yes or no whether to roll back.

ALTER TABLE vm_policy ADD COLUMN reaction VARCHAR(24) DEFAULT 'ALERT' NOT NULL;
ALTER TABLE vm_policy ADD COLUMN cool_down_seconds BIGINT DEFAULT 600 NOT NULL;
ALTER TABLE vm_policy ADD COLUMN most_rollbacks BIGINT DEFAULT 3 NOT NULL;
ALTER TABLE vm_policy ADD COLUMN rollback_period_seconds BIGINT DEFAULT 86400 NOT NULL;
UPDATE vm_policy SET reaction = 'ROLL_BACK' WHERE roll_back;
ALTER TABLE vm_policy DROP COLUMN roll_back;

-- VMs that were stopped or cut off, until a person lifts that.
CREATE TABLE vm_quarantine (
    vm_id VARCHAR(36) NOT NULL PRIMARY KEY,
    kind VARCHAR(24) NOT NULL,
    since BIGINT NOT NULL,
    -- Whether it ran before and was suspended.
    ran BOOLEAN NOT NULL,
    -- Its links that were up before: MAC address and state, a line each.
    links VARCHAR NOT NULL
);

-- What two people have to want, and what became of it.
CREATE TABLE proposal (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    vm_id VARCHAR(36) NOT NULL,
    state VARCHAR(16) NOT NULL,
    why VARCHAR(1000) NOT NULL,
    report VARCHAR(64) NOT NULL,
    -- Fingerprint of the discrepancy; NULL if a person proposed it.
    cause VARCHAR(64),
    -- Length of a window of maintenance; NULL for a rollback.
    window_seconds BIGINT,
    first_name VARCHAR(1000),
    first_certificate VARCHAR(64),
    second_name VARCHAR(1000),
    second_certificate VARCHAR(64),
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX proposal_of_vm ON proposal (vm_id, made_at);

-- Windows of maintenance that are open.
CREATE TABLE vm_maintenance (
    vm_id VARCHAR(36) NOT NULL PRIMARY KEY,
    why VARCHAR(1000) NOT NULL,
    begun_by VARCHAR(2100) NOT NULL,
    begun_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL
);
