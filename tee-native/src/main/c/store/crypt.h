/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encryption of packs: AES-256-GCM (NIST SP 800-38D) with a key of the pack's own, HKDF-SHA256 (RFC 5869) of the store's
 * data key with the pack's salt. A nonce is the number of what is sealed within the pack, so none comes twice: a pack is
 * written once. The number is thereby authenticated too: a frame in another's place does not open.
 */
#ifndef VMTEE_CRYPT_H
#define VMTEE_CRYPT_H

#include <stddef.h>
#include <stdint.h>

enum { CRYPT_KEY_SIZE = 32, CRYPT_TAG_SIZE = 16 };

#define CRYPT_NUMBER_INDEX UINT64_MAX

/* Serves one thread. */
struct crypt;

/* NULL if there is no memory or OpenSSL refuses. */
struct crypt *crypt_new(const uint8_t key[static CRYPT_KEY_SIZE], const uint8_t *salt, size_t salt_size);
void crypt_free(struct crypt *c);

/* Writes size + CRYPT_TAG_SIZE bytes. -EIO. */
int crypt_seal(struct crypt *c, uint64_t number, const uint8_t *plain, size_t size, uint8_t *ret);
/* Takes what crypt_seal() wrote, writes size - CRYPT_TAG_SIZE bytes. -EBADMSG if it is not authentic. */
int crypt_open(struct crypt *c, uint64_t number, const uint8_t *sealed, size_t size, uint8_t *ret);

#endif
