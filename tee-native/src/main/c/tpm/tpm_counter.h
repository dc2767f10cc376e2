/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A counter that only a TPM's owner can take away, and nobody can turn back: an NV index of type TPM_NT_COUNTER (TPM 2.0
 * part 3, 31.2). Anybody who may open the TPM can count it up.
 */
#ifndef VMTEE_TPM_COUNTER_H
#define VMTEE_TPM_COUNTER_H

#include "tpm_device.h"
#include "vmtee.h"

struct tpm_counter {
        uint64_t value;
        uint8_t name[VMTEE_NV_NAME_SIZE]; /* the NV index's Name, as it is once the counter has a value */
};

/*
 * Both make the counter where it is missing, also if another process does so at the same time.
 *  nv_index     where it is, in the owner's range
 *  -EADDRINUSE  something else has the NV index
 */
int tpm_counter_read(struct tpm_device *device, TPM2_HANDLE nv_index, struct tpm_counter *ret);
/* The value is that after the increment, or a later one where other processes count, too. */
int tpm_counter_increment(struct tpm_device *device, TPM2_HANDLE nv_index, struct tpm_counter *ret);

#endif
