-- SPDX-License-Identifier: Apache-2.0
-- What is open is only remembered: the ledger has what was done.

GRANT SELECT, INSERT, UPDATE, DELETE ON vm_quarantine, proposal, vm_maintenance TO ${server};
