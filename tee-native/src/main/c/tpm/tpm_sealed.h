/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets that only this TPM opens: sealed data objects (TPM 2.0 part 1, 27.7) under the storage root key. */
#ifndef VMTEE_TPM_SEALED_H
#define VMTEE_TPM_SEALED_H

#include "tpm_identity.h"

/* Seals at most 128 bytes. */
int tpm_seal(struct tpm_device *device, const uint8_t *secret, size_t size, struct tpm_key_blob *ret);

/* Opens what tpm_seal() made; the secret must have `size` bytes. */
int tpm_unseal(struct tpm_device *device, const struct tpm_key_blob *sealed, uint8_t *ret, size_t size);

#endif
