// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.api;

/**
 * A VM that stands paused in the attested state; it runs when the transaction commits, and is the
 * suspect again when the transaction rolls back.
 *
 * @param suspect capture of the state that was replaced
 * @param restored capture of the restored state, taken before it runs an instruction, compared with
 *     the snapshot
 */
public record RollbackResult(CaptureResult suspect, CaptureResult restored) {}
