// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import java.util.UUID;

/** Fired once a VM was rolled back and its transaction is over, while nobody else works on it. */
public record RolledBack(UUID vm) {}
