/* SPDX-License-Identifier: Apache-2.0 */
/* A snapshot in a store of a test's own. */
#ifndef VMTEE_TEST_KEPT_H
#define VMTEE_TEST_KEPT_H

#include "capture/capture.h"
#include "place.h"
#include "snapshot/manifest.h"
#include "store/pack_format.h"

/* Two frames of them. */
enum { RANDOM_PAGES = 2 * FRAME_PAGES };

/* A snapshot in a store. */
struct kept {
        struct place packs;
        struct place files;
};

static inline struct kept new_kept(void) {
        return (struct kept){ .packs = new_directory(), .files = new_directory() };
}

static inline void remove_kept(struct kept *k) {
        remove_directory(&k->packs);
        remove_directory(&k->files);
}

static inline vmtee_store *opened(const struct kept *k) {
        vmtee_store *s;

        CHECK_RESULT(vmtee_store_open(k->packs.fd, NULL, &s), 0);
        return s;
}

static inline int save_to(const vmtee_capture *c, const struct kept *k) {
        vmtee_store *s = opened(k);
        const int r = vmtee_snapshot_save(s, c, k->files.fd, 1, NULL);

        vmtee_store_close(s);
        return r;
}

static inline int open_kept(const struct kept *k, const uint8_t *digest, vmtee_capture **ret) {
        vmtee_store *s = opened(k);
        const int r = vmtee_snapshot_open(s, k->files.fd, digest, ret);

        vmtee_store_close(s);
        return r;
}

/* Until the next call. */
static inline const uint8_t *digest_of(const vmtee_capture *c) {
        static struct digest digest;

        digest = snapshot_digest(c);
        return digest.bytes;
}

#endif
