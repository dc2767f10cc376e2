// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.api;

/**
 * What a TPM's counter stood at.
 *
 * @param id of the counter, 32 hexadecimal digits; the same for as long as it is the same counter
 *     of the same TPM, and another for every other
 * @param value never less than an earlier one of the same id, but where the TPM is an emulator
 *     whose files somebody put back
 */
public record CounterValue(String id, long value) {}
