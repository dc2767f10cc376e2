/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot/load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot/files.h"
#include "snapshot/manifest.h"
#include "util/cleanup.h"
#include "util/detail.h"

struct loading {
        int dirfd;
        struct hasher *hasher;
        vmtee_capture *capture;
        struct manifest manifest;
};

static int check_digest(struct hasher *h, const char *name, const uint8_t *data, size_t size, const uint8_t *digest) {
        struct node found;
        const int r = hash_digest(h, data, size, &found);

        if (r < 0)
                return r;
        return memcmp(found.hash, digest, sizeof(found.hash)) == 0 ?
                       0 :
                       vmtee_fail(-EBADMSG, "the snapshot's %s is not the attested one", name);
}

static int load_manifest(struct loading *l, const uint8_t *digest) {
        CLEANUP_FREE uint8_t *buf = NULL;
        size_t size;
        int r = file_read_whole(l->dirfd, FILE_MANIFEST, MANIFEST_SIZE_MAX, &buf, &size);

        if (r == 0)
                r = check_digest(l->hasher, FILE_MANIFEST, buf, size, digest);
        return r < 0 ? r : manifest_decode(buf, size, &l->capture->limits, &l->manifest, &l->capture->memory);
}

/* A file of exactly `size` bytes, for so many are used later. */
static int load_checked(struct loading *l, const char *name, uint64_t size, const struct node *digest, uint8_t **ret) {
        CLEANUP_FREE uint8_t *buf = NULL;
        size_t found;
        int r = file_read_whole(l->dirfd, name, size, &buf, &found);

        if (r == 0 && found != size)
                r = vmtee_fail(-EBADMSG, "the snapshot's %s has %zu bytes, not %llu", name, found,
                               (unsigned long long)size);
        if (r == 0)
                r = check_digest(l->hasher, name, buf, found, digest->hash);
        if (r < 0)
                return r;
        *ret = buf;
        buf = NULL;
        return 0;
}

static int load_tail(struct loading *l) {
        const struct manifest *m = &l->manifest;
        CLEANUP_FREE uint8_t *sections = NULL;
        CLEANUP_FREE uint8_t *json = NULL;
        int r = load_checked(l, FILE_SECTIONS, m->sections_size, &m->sections_digest, &sections);

        if (r == 0)
                r = load_checked(l, FILE_DESCRIPTION, m->json_size, &m->json_digest, &json);
        if (r < 0)
                return r;
        return tail_assemble(&l->capture->tail, sections, m->sections_size, json, m->json_size);
}

static int read_leaves(struct loading *l) {
        struct memory *memory = &l->capture->memory;
        CLEANUP_CLOSE const int fd =
                file_open(l->dirfd, FILE_LEAVES, memory->total / VMTEE_PAGE_SIZE * sizeof(struct node));
        uint64_t offset = 0;
        int r = fd < 0 ? fd : 0;

        for (size_t i = 0; r == 0 && i < memory->n_blocks; i++) {
                struct block *b = &memory->blocks[i];
                const size_t size = block_pages(b) * sizeof(*b->leaves);

                r = block_map_leaves(b);
                if (r == 0)
                        r = file_read_at(fd, FILE_LEAVES, b->leaves, size, offset);
                offset += size;
        }
        return r;
}

static int load_leaves(struct loading *l) {
        struct memory *memory = &l->capture->memory;
        CLEANUP_FREE struct node *attested = calloc(memory->n_blocks + 1, sizeof(*attested));
        int r = attested ? read_leaves(l) : vmtee_fail(-ENOMEM, "no memory to open the snapshot");

        if (r < 0)
                return r;
        for (size_t i = 0; i < memory->n_blocks; i++)
                attested[i] = memory->blocks[i].root;
        r = memory_roots(memory, 0);
        for (size_t i = 0; r == 0 && i < memory->n_blocks; i++)
                if (memcmp(&attested[i], &memory->blocks[i].root, sizeof(*attested)) != 0)
                        r = vmtee_fail(-EBADMSG, "the snapshot's %s does not add up to the attested root of RAM block %s",
                                       FILE_LEAVES, memory->blocks[i].name);
        return r;
}

static int load(struct loading *l, const uint8_t *digest) {
        vmtee_capture *c = l->capture;
        int r = load_manifest(l, digest);

        if (r == 0 && c->memory.n_blocks == 0)
                r = vmtee_fail(-EPROTO, "the snapshot has no RAM");
        if (r == 0)
                r = load_tail(l);
        if (r == 0)
                r = load_leaves(l);
        if (r < 0)
                return r;
        c->opened = true;
        c->head = l->manifest.head;
        c->instant = l->manifest.instant;
        r = capture_conclude(c);
        if (r == 0 && memcmp(c->measured.measurement.snapshot_digest, digest, VMTEE_DIGEST_SIZE) != 0)
                r = vmtee_fail(-EBADMSG, "the snapshot was not written by this version");
        return r;
}

int snapshot_load(int dirfd, const uint8_t digest[VMTEE_DIGEST_SIZE], vmtee_capture **ret) {
        struct loading l = { .dirfd = dirfd, .hasher = hasher_new() };
        int r = l.hasher ? vmtee_capture_new(&capture_limits_max, &l.capture) :
                           vmtee_fail(-ENOMEM, "no memory to hash");

        if (r == 0)
                r = load(&l, digest);
        hasher_free(l.hasher);
        if (r < 0) {
                vmtee_capture_free(l.capture);
                return r;
        }
        *ret = l.capture;
        return 0;
}

int vmtee_snapshot_open(int dirfd, const uint8_t digest[VMTEE_DIGEST_SIZE], vmtee_capture **ret) {
        return snapshot_load(dirfd, digest, ret);
}
