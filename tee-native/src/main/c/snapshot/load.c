/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot/load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot/manifest.h"
#include "snapshot/pages.h"
#include "store/page_reader.h"
#include "util/cleanup.h"
#include "util/detail.h"
#include "util/files.h"

struct loading {
        vmtee_store *store;
        int dirfd;
        vmtee_capture *capture;
        struct manifest manifest;
        struct page_map map;
        struct page_cursor cursor;
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
                r = check_digest(l->store->hasher, FILE_MANIFEST, buf, size, digest);
        return r < 0 ? r : manifest_decode(buf, size, &l->capture->limits, &l->manifest, &l->capture->memory);
}

static int load_map(struct loading *l) {
        const struct manifest *m = &l->manifest;

        if (m->sections_size > capture_limits_max.tail_bytes || m->json_size > capture_limits_max.tail_bytes)
                return vmtee_fail(-EBADMSG, "the snapshot's device sections are too large");
        l->cursor.map = &l->map;
        return page_map_read(l->dirfd, snapshot_pages(&l->capture->memory, m->sections_size, m->json_size), &l->map);
}

/* The hashes of the next n pages, out of the packs' indexes. */
static int take_leaves(struct loading *l, struct node *leaves, size_t n) {
        for (size_t done = 0; done < n;) {
                struct location at;
                const struct pack *p;
                const uint32_t pages = page_cursor_take(&l->cursor, n - done, &at);
                struct node *to = leaves + done;

                done += pages;
                for (uint32_t i = 0; at.pack == 0 && i < pages; i++)
                        to[i] = l->store->hasher->zero[0];
                if (at.pack == 0)
                        continue;
                const int r = store_pages(l->store, at, pages, &p);
                if (r < 0)
                        return r;
                memcpy(to, &p->leaves[at.slot], pages * sizeof(*to));
        }
        return 0;
}

static int read_page(struct loading *l, struct page_reader *reader, uint8_t *ret) {
        struct page_cursor before = l->cursor;
        struct location at;
        struct node leaf;
        const uint8_t *page;
        int r = take_leaves(l, &leaf, 1);

        (void)page_cursor_take(&before, 1, &at);
        if (r < 0)
                return r;
        if (at.pack == 0) {
                memset(ret, 0, VMTEE_PAGE_SIZE);
                return 0;
        }
        r = page_reader_get(reader, at, &leaf, &page);
        if (r == 0)
                memcpy(ret, page, VMTEE_PAGE_SIZE);
        return r;
}

/* The next pages, as a part of the tail of so many bytes and with that digest. */
static int read_part(struct loading *l, struct page_reader *reader, const char *what, uint64_t size,
                     const struct node *digest, uint8_t **ret) {
        CLEANUP_FREE uint8_t *buf = malloc((pages_of(size) + 1) * VMTEE_PAGE_SIZE);
        int r = buf ? 0 : vmtee_fail(-ENOMEM, "no memory to open the snapshot");

        for (uint64_t i = 0; r == 0 && i < pages_of(size); i++)
                r = read_page(l, reader, buf + i * VMTEE_PAGE_SIZE);
        if (r == 0)
                r = check_digest(l->store->hasher, what, buf, size, digest->hash);
        if (r < 0)
                return r;
        *ret = buf;
        buf = NULL;
        return 0;
}

static int load_tail(struct loading *l) {
        const struct manifest *m = &l->manifest;
        struct page_reader *reader = page_reader_new(l->store);
        CLEANUP_FREE uint8_t *sections = NULL;
        CLEANUP_FREE uint8_t *json = NULL;
        int r = reader ? read_part(l, reader, "devices", m->sections_size, &m->sections_digest, &sections) :
                         vmtee_fail(-ENOMEM, "no memory to open the snapshot");

        if (r == 0)
                r = read_part(l, reader, "description", m->json_size, &m->json_digest, &json);
        page_reader_free(reader);
        return r < 0 ? r : tail_assemble(&l->capture->tail, sections, m->sections_size, json, m->json_size);
}

static int read_leaves(struct loading *l) {
        struct memory *memory = &l->capture->memory;
        int r = 0;

        for (size_t i = 0; r == 0 && i < memory->n_blocks; i++) {
                struct block *b = &memory->blocks[i];

                r = block_map_leaves(b);
                if (r == 0)
                        r = take_leaves(l, b->leaves, block_pages(b));
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
                        r = vmtee_fail(-EBADMSG, "the snapshot's pages do not add up to the attested root of RAM block %s",
                                       memory->blocks[i].name);
        return r;
}

static int load(struct loading *l, const uint8_t *digest) {
        vmtee_capture *c = l->capture;
        int r = load_manifest(l, digest);

        if (r == 0 && c->memory.n_blocks == 0)
                r = vmtee_fail(-EPROTO, "the snapshot has no RAM");
        if (r == 0)
                r = load_map(l);
        if (r == 0)
                r = load_leaves(l);
        if (r == 0)
                r = load_tail(l);
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

int snapshot_load(vmtee_store *s, int dirfd, const uint8_t digest[VMTEE_DIGEST_SIZE], vmtee_capture **ret,
                  struct page_map *ret_map) {
        struct loading l = { .store = s, .dirfd = dirfd };
        int r = vmtee_capture_new(&capture_limits_max, &l.capture);

        if (r == 0)
                r = load(&l, digest);
        if (r < 0) {
                page_map_free(&l.map);
                vmtee_capture_free(l.capture);
                return r;
        }
        *ret = l.capture;
        *ret_map = l.map;
        return 0;
}

int vmtee_snapshot_open(vmtee_store *s, int dirfd, const uint8_t digest[VMTEE_DIGEST_SIZE], vmtee_capture **ret) {
        struct page_map map;
        const int r = snapshot_load(s, dirfd, digest, ret, &map);

        if (r == 0)
                page_map_free(&map);
        return r;
}
