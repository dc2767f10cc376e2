/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What makes a TPM a signer of reports: a restricted attestation key, a signing key, and the attestation key's
 * statement (TPM2_Certify) that the signing key lives in the same TPM. The private parts are blobs that only that TPM
 * can open.
 */
#ifndef VMTEE_TPM_IDENTITY_H
#define VMTEE_TPM_IDENTITY_H

#include <stddef.h>
#include <stdint.h>

#include "tpm_device.h"

struct tpm_key_blob {
        TPM2B_PUBLIC public;
        TPM2B_PRIVATE private;
};

struct tpm_identity {
        struct tpm_key_blob attestation;
        struct tpm_key_blob signing;
        TPM2B_ATTEST certification;
        TPMT_SIGNATURE certification_signature;
};

/* The identity's keys, loaded in a device. */
struct tpm_loaded_identity {
        ESYS_TR attestation;
        ESYS_TR signing;
};

/* Creates both keys and certifies the signing key. Nothing stays loaded. */
int tpm_identity_create(struct tpm_device *device, struct tpm_identity *ret);

int tpm_identity_load(struct tpm_device *device, const struct tpm_identity *identity, struct tpm_loaded_identity *ret);
void tpm_identity_unload(struct tpm_device *device, struct tpm_loaded_identity *loaded);

#endif
