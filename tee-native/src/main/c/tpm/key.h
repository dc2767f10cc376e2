/* SPDX-License-Identifier: Apache-2.0 */
/* What the library's other parts may do with a vmtee_key. None of it is exported. */
#ifndef VMTEE_KEY_H
#define VMTEE_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmtee.h"

#define KEY_SIGNATURE_SIZE 64u

/* TPMS_CLOCK_INFO (TPM 2.0 part 2, 10.11.1). */
struct tee_clock {
        uint64_t clock; /* milliseconds */
        uint32_t resets;
        uint32_t restarts;
        bool safe;
};

/* The evidence, which does not change while the key is open, and its SHA-256. */
const uint8_t *key_evidence_bytes(const vmtee_key *k, size_t *ret_size);
const uint8_t *key_evidence_digest(const vmtee_key *k);

int key_read_clock(vmtee_key *k, struct tee_clock *ret);

/* ECDSA with P-256 over a SHA-256 digest; the signature is r || s (RFC 9053, 2.1). */
int key_sign_digest(vmtee_key *k, const uint8_t digest[static VMTEE_DIGEST_SIZE], uint8_t ret[static KEY_SIGNATURE_SIZE]);

enum { KEY_SEALED_SIZE_MAX = 2048 };

/* Seals a secret of at most 128 bytes to the key's TPM: TPM2B_PUBLIC TPM2B_PRIVATE. */
int key_seal(vmtee_key *k, const uint8_t *secret, size_t size, uint8_t *buf, size_t buf_size, size_t *ret_size);
/* Opens it again; the secret must have `size` bytes. -EBADMSG if it is malformed. */
int key_unseal(vmtee_key *k, const uint8_t *sealed, size_t sealed_size, uint8_t *ret, size_t size);

#endif
