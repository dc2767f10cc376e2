/* SPDX-License-Identifier: Apache-2.0 */
/* The key's own files share this; everybody else has key.h. */
#ifndef VMTEE_KEY_INTERNAL_H
#define VMTEE_KEY_INTERNAL_H

#include <openssl/sha.h>
#include <pthread.h>

#include "ecdsa_check.h"
#include "key.h"
#include "tpm_identity.h"

struct vmtee_key {
        pthread_mutex_t lock; /* an ESYS context serves one thread at a time */
        char *tcti;
        struct tpm_device device;
        bool connected;
        struct tpm_loaded_identity loaded; /* while connected */
        struct tpm_identity identity;
        TPM2B_NAME endorsement_name;
        struct ecdsa_key *signing_public;
        uint8_t *evidence;
        size_t evidence_size;
        uint8_t evidence_digest[SHA256_DIGEST_LENGTH];
};

/* One exchange with the TPM, made while the lock is held and the identity is loaded. -ENODEV and -EAGAIN, as
 * tpm_fail() gives them, make key_run() try once more after it has loaded the identity again. */
typedef int (*key_operation)(vmtee_key *k, void *argument);

/* -ETIMEDOUT if other threads keep the TPM busy for too long. */
int key_run(vmtee_key *k, key_operation operation, void *argument);

int key_copy_out(const void *data, size_t data_size, uint8_t *buf, size_t size, size_t *ret_size);

#endif
