/* SPDX-License-Identifier: Apache-2.0 */
#include "store/data_key.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "tpm/key.h"
#include "util/cleanup.h"
#include "util/detail.h"
#include "util/files.h"

#define KEY_FILE "store.key"
#define NEW_KEY_FILE "store.key.new"

static int keep(int dirfd, const uint8_t *sealed, size_t size) {
        /* What a writer left that died: nothing was encrypted with it. */
        (void)unlinkat(dirfd, NEW_KEY_FILE, 0);
        const int r = file_write_new(dirfd, NEW_KEY_FILE, sealed, size);
        if (r < 0)
                return r;
        if (renameat(dirfd, NEW_KEY_FILE, dirfd, KEY_FILE) < 0)
                return vmtee_fail(-errno, "cannot keep the store's key: %s", strerror(errno));
        return file_sync(dirfd, "the store");
}

static int make(int dirfd, vmtee_key *k, uint8_t *ret) {
        uint8_t sealed[KEY_SEALED_SIZE_MAX];
        size_t size;

        if (getrandom(ret, CRYPT_KEY_SIZE, 0) != CRYPT_KEY_SIZE)
                return vmtee_fail(-EIO, "the system has no random numbers");
        int r = key_seal(k, ret, CRYPT_KEY_SIZE, sealed, sizeof(sealed), &size);
        if (r == 0)
                r = keep(dirfd, sealed, size);
        if (r < 0)
                OPENSSL_cleanse(ret, CRYPT_KEY_SIZE);
        return r;
}

static int open_sealed(int dirfd, vmtee_key *k, uint8_t *ret) {
        CLEANUP_FREE uint8_t *sealed = NULL;
        size_t size;
        const int r = file_read_whole(dirfd, KEY_FILE, KEY_SEALED_SIZE_MAX, &sealed, &size);

        return r < 0 ? r : key_unseal(k, sealed, size, ret, CRYPT_KEY_SIZE);
}

int data_key_get(int dirfd, vmtee_key *k, uint8_t ret[static CRYPT_KEY_SIZE]) {
        const bool there = faccessat(dirfd, KEY_FILE, F_OK, AT_SYMLINK_NOFOLLOW) == 0;

        if (!k)
                return there ? vmtee_fail(-ENOKEY, "the store is encrypted, and there is no key to open it") : 0;
        const int r = there ? open_sealed(dirfd, k, ret) : make(dirfd, k, ret);
        return r < 0 ? r : 1;
}
