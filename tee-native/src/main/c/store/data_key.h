/* SPDX-License-Identifier: Apache-2.0 */
/* The key that a store's packs are encrypted with: random, and on the disk only sealed by the TPM (store.key). */
#ifndef VMTEE_DATA_KEY_H
#define VMTEE_DATA_KEY_H

#include "store/crypt.h"
#include "vmtee.h"

/* With a key: opens the store's data key, which is made where there is none yet; returns 1. Without: returns 0, or -ENOKEY
 * for a store that has one. */
int data_key_get(int dirfd, vmtee_key *k, uint8_t ret[static CRYPT_KEY_SIZE]);

#endif
