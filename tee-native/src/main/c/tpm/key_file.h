/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file that keeps an identity between processes. All of it is written at once, so that there is never a key
 * without its certification:
 *
 *     "vmtee-key-1\n"  TPM2B_PUBLIC TPM2B_PRIVATE (attestation)  TPM2B_PUBLIC TPM2B_PRIVATE (signing)
 *     TPM2B_ATTEST  TPMT_SIGNATURE  SHA-256 of all before
 */
#ifndef VMTEE_KEY_FILE_H
#define VMTEE_KEY_FILE_H

#include "tpm_identity.h"

/* Returns 1, 0 if there is no such file, -EBADMSG if it is damaged, or another negative errno. */
int key_file_read(int state_dirfd, struct tpm_identity *ret);

/* Replaces the file (mode 0600) in one step; durable on return. */
int key_file_write(int state_dirfd, const struct tpm_identity *identity);

#endif
