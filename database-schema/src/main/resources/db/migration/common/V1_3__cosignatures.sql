-- SPDX-License-Identifier: Apache-2.0
-- What witnesses said of checkpoints; the name and the base64 of a note's signature line.

CREATE TABLE ledger_cosignature (
    tree_size BIGINT NOT NULL REFERENCES ledger_checkpoint (tree_size),
    witness VARCHAR NOT NULL,
    key_id INTEGER NOT NULL,
    kept_at BIGINT NOT NULL,
    signature VARCHAR NOT NULL,
    PRIMARY KEY (tree_size, witness, key_id)
);
