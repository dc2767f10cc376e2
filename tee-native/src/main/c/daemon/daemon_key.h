/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's key: which TPM and which blobs is its own affair, not its clients'. Thread-safe. */
#ifndef VMTEED_DAEMON_KEY_H
#define VMTEED_DAEMON_KEY_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "vmtee.h"

struct daemon_key {
        const char *tcti;
        const char *state_dir;
        pthread_mutex_t lock;
        vmtee_key *key; /* NULL until the TPM first answered */
};

/* Opens it if it is not open yet; it stays the daemon's. */
int daemon_key_get(struct daemon_key *k, vmtee_key **ret);
void daemon_key_close(struct daemon_key *k);

/* Whether that is the directory with the key's blobs. */
bool daemon_key_is_state(const struct daemon_key *k, const struct stat *st);

#endif
