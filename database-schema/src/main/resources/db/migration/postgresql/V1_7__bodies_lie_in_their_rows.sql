-- SPDX-License-Identifier: Apache-2.0
-- Reports are mostly digests, which do not compress. Those that fit a page stay in their row: elsewhere they would be in pieces of 2 KB,
-- each with an entry in one more index.

ALTER TABLE ledger_body ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE ledger_body SET (toast_tuple_target = 8160);
