/* SPDX-License-Identifier: Apache-2.0 */
/* The TPM's endorsement key (RSA-2048) and the manufacturer's certificate for it. */
#ifndef VMTEE_TPM_ENDORSEMENT_H
#define VMTEE_TPM_ENDORSEMENT_H

#include <stddef.h>
#include <stdint.h>

#include "tpm_device.h"

#define CERTIFICATE_SIZE_MAX 4096u
#define CERTIFICATES_MAX 8u

struct certificate {
        uint8_t der[CERTIFICATE_SIZE_MAX];
        size_t size;
};

struct tpm_endorsement {
        TPM2B_PUBLIC public;
        TPM2B_NAME name;
        struct certificate chain[CERTIFICATES_MAX]; /* leaf first */
        size_t n_chain;
};

/*
 * Reads the certificate from the TPM, the key, and the issuers from the PEM file `ek-issuers.pem` in the state
 * directory, which may be absent. Checks that the certificate is for the key.
 *  -ENODATA  the TPM holds no endorsement certificate
 *  -EBADMSG  the certificate is for another key, or a certificate cannot be parsed
 */
int tpm_endorsement_read(struct tpm_device *device, int state_dirfd, struct tpm_endorsement *ret);

/* TPM2_ActivateCredential for the loaded object `activated`, under the endorsement key. */
int tpm_endorsement_activate(struct tpm_device *device, ESYS_TR activated, const TPM2B_ID_OBJECT *credential,
                             const TPM2B_ENCRYPTED_SECRET *encrypted, TPM2B_DIGEST *ret_secret);

#endif
