/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The volatile state of a guest's TPM, as libtpms 0.9 writes it and QEMU's tpm-emulator carries it (state_blobs.volatil). Three
 * numbers in it, and so the hash at its end, go by the host's clocks and differ from one reading to the next. libtpms's
 * VolatileState_Marshal writes at the end, integers big-endian:
 *
 *   u64 host's time, ms                  differs
 *   u8 1, u16 236: a block, 236 bytes    in it, at its end:
 *     u8 1, u16 35: a block, 35 bytes
 *       u64 host's monotonic time, ms    differs
 *       u64 how much it was set off, ms  differs
 *       19 bytes more
 *   u32 0x45637889
 *   20 bytes SHA-1 of all before         differs
 */
#ifndef VMTEE_TPM_STATE_H
#define VMTEE_TPM_STATE_H

#include <stddef.h>
#include <stdint.h>

/* Zeroes them. A state of another form, such as an encrypted one, is left as it is. */
void tpm_state_mask(uint8_t *state, size_t size);

#endif
