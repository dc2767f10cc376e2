// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

/**
 * A counter of a TPM: {@code struct vmtee_counter} of vmtee.h, which says what it is good for.
 *
 * @param id tells this counter from the others of its TPM and of other TPMs, 32 hexadecimal digits
 * @param nvName the Name of its NV index (TPM 2.0 part 1, 16), which tells the slot and is the same
 *     on every TPM, 68 hexadecimal digits
 * @param value at this moment
 */
public record CounterReading(String id, String nvName, long value) {}
