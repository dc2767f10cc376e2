// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.policy;

import java.util.UUID;

/** Fired in the transaction that changes a VM's policy. */
public record PolicyChanged(UUID vm, VmPolicy policy) {}
