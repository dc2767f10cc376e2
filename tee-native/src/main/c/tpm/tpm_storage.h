/* SPDX-License-Identifier: Apache-2.0 */
/* The storage root key (TCG TPM v2.0 Provisioning Guidance, 7.5), under which everything of ours is kept. */
#ifndef VMTEE_TPM_STORAGE_H
#define VMTEE_TPM_STORAGE_H

#include "tpm_device.h"

/* The key, and whether it must be flushed after use. */
struct storage_root {
        ESYS_TR handle;
        bool transient;
};

/* Creates the key where it is missing. */
int storage_root_open(struct tpm_device *device, struct storage_root *ret);
void storage_root_close(struct tpm_device *device, struct storage_root *root);

#endif
