/* SPDX-License-Identifier: Apache-2.0 */
/* Checks a TPM's signature with the public key we expect it to be of. */
#ifndef VMTEE_ECDSA_CHECK_H
#define VMTEE_ECDSA_CHECK_H

#include <stdint.h>
#include <tss2/tss2_tpm2_types.h>

struct ecdsa_key;

int ecdsa_key_new(const TPMT_PUBLIC *public, struct ecdsa_key **ret);
void ecdsa_key_free(struct ecdsa_key *key);

/* Returns 1 if r || s (32 bytes each) is a signature over the SHA-256 digest, 0 if not, or a negative errno. */
int ecdsa_check(const struct ecdsa_key *key, const uint8_t digest[static 32], const uint8_t signature[static 64]);

#endif
