/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/daemon_key.h"

int daemon_key_get(struct daemon_key *k, vmtee_key **ret) {
        int r = 0;

        pthread_mutex_lock(&k->lock);
        if (!k->key)
                r = vmtee_key_open(k->tcti, k->state_dir, &k->key);
        if (r == 0)
                *ret = k->key;
        pthread_mutex_unlock(&k->lock);
        return r;
}

void daemon_key_close(struct daemon_key *k) {
        vmtee_key_close(k->key);
        k->key = NULL;
}

bool daemon_key_is_state(const struct daemon_key *k, const struct stat *st) {
        struct stat own;

        return stat(k->state_dir, &own) == 0 && own.st_dev == st->st_dev && own.st_ino == st->st_ino;
}
