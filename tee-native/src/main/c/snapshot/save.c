/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps a capture: what the store does not have yet becomes a new pack, the rest is referred to. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "capture/capture.h"
#include "snapshot/manifest.h"
#include "snapshot/pages.h"
#include "store/pack_writer.h"
#include "store/page_table.h"
#include "util/cleanup.h"
#include "util/detail.h"
#include "util/files.h"

static const char *const files[] = { FILE_MAP, FILE_MANIFEST };
enum { N_FILES = sizeof(files) / sizeof(*files) };

/* The pages of a RAM block or of a part of the tail. */
struct piece {
        const uint8_t *bytes;
        const struct node *leaves;
        size_t n;
};

/* A part of the tail, filled up. */
struct padded {
        uint8_t *bytes;
        struct node *leaves;
};

struct saving {
        vmtee_store *store;
        const vmtee_capture *capture;
        uint32_t first_new; /* number of the first new pack */
        struct page_table table;
        struct page_map map;
        struct new_page *fresh; /* room for every page */
        size_t n_fresh, room;
        struct location last; /* of the page before; the next one is often behind it */
};

static struct location add_fresh(struct saving *s, const uint8_t *bytes, const struct node *leaf) {
        const size_t i = s->n_fresh++;

        s->fresh[i] = (struct new_page){ .bytes = bytes, .leaf = leaf };
        return (struct location){ s->first_new + (uint32_t)(i / PACK_PAGES_MAX), (uint32_t)(i % PACK_PAGES_MAX) };
}

/* What was stored in a row mostly comes in a row again: saves looking it up. */
static bool follows_last(struct saving *s, const struct node *leaf) {
        const struct stored_pack *p = s->last.pack > 0 ? store_find(s->store, s->last.pack) : NULL;
        const uint32_t slot = s->last.slot + 1;

        if (!p || p->error < 0 || slot >= p->pack.pages || bad_pages_have(&p->bad, slot) ||
            memcmp(&p->pack.leaves[slot], leaf, sizeof(*leaf)) != 0)
                return false;
        s->last.slot = slot;
        return true;
}

static int place(struct saving *s, const uint8_t *bytes, const struct node *leaf) {
        if (memcmp(leaf, &s->store->hasher->zero[0], sizeof(*leaf)) == 0)
                return page_map_add(&s->map, (struct location){ 0 });
        if (!follows_last(s, leaf)) {
                struct page_entry *e = page_table_find(&s->table, leaf);

                if (!e->leaf)
                        *e = (struct page_entry){ .leaf = leaf, .at = add_fresh(s, bytes, leaf) };
                s->last = e->at;
        }
        return page_map_add(&s->map, s->last);
}

static int place_all(struct saving *s, const struct piece *p) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < p->n; i++)
                r = place(s, p->bytes + i * VMTEE_PAGE_SIZE, &p->leaves[i]);
        return r;
}

static int write_packs(struct saving *s, uint32_t threads, uint64_t *ret_bytes) {
        uint32_t id = s->first_new;
        int r = 0;

        *ret_bytes = 0;
        for (size_t first = 0; r == 0 && first < s->n_fresh; first += PACK_PAGES_MAX) {
                const size_t left = s->n_fresh - first;
                uint64_t bytes = 0;

                r = pack_write(s->store, id++, s->fresh + first, left < PACK_PAGES_MAX ? (uint32_t)left : PACK_PAGES_MAX,
                               threads, &bytes);
                *ret_bytes += bytes;
        }
        return r;
}

static void drop_packs(const struct saving *s) {
        char name[PACK_NAME_SIZE];

        for (size_t first = 0; first < s->n_fresh; first += PACK_PAGES_MAX) {
                pack_name(s->first_new + (uint32_t)(first / PACK_PAGES_MAX), name);
                (void)unlinkat(s->store->dirfd, name, 0);
        }
}

static void padded_free(struct padded *p) {
        free(p->bytes);
        free(p->leaves);
}

static int pad(struct hasher *h, const uint8_t *bytes, size_t size, struct padded *ret, struct piece *ret_piece) {
        const size_t n = pages_of(size);
        int r = 0;

        ret->bytes = calloc(n + 1, VMTEE_PAGE_SIZE);
        ret->leaves = calloc(n + 1, sizeof(*ret->leaves));
        if (!ret->bytes || !ret->leaves)
                return vmtee_fail(-ENOMEM, "no memory to save the snapshot");
        memcpy(ret->bytes, bytes, size);
        for (size_t i = 0; r == 0 && i < n; i++)
                r = hash_page(h, ret->bytes + i * VMTEE_PAGE_SIZE, &ret->leaves[i]);
        *ret_piece = (struct piece){ .bytes = ret->bytes, .leaves = ret->leaves, .n = n };
        return r;
}

static int save_files(const struct saving *s, int dirfd) {
        const struct measured *m = &s->capture->measured;
        int r = page_map_write(&s->map, dirfd);

        if (r == 0)
                r = file_write_new(dirfd, FILE_MANIFEST, m->manifest, m->manifest_size);
        return r < 0 ? r : file_sync(dirfd, "the snapshot's directory");
}

static int place_capture(struct saving *s, const struct piece tail[2]) {
        const struct memory *m = &s->capture->memory;
        int r = 0;

        store_list_good(s->store, &s->table);
        for (size_t i = 0; r == 0 && i < m->n_blocks; i++)
                r = place_all(s, &(const struct piece){ m->blocks[i].pages, m->blocks[i].leaves,
                                                        block_pages(&m->blocks[i]) });
        for (size_t i = 0; r == 0 && i < 2; i++)
                r = place_all(s, &tail[i]);
        return r;
}

static int add_packs(struct saving *s) {
        int r = 0;

        for (size_t first = 0; r == 0 && first < s->n_fresh; first += PACK_PAGES_MAX)
                r = store_add(s->store, s->first_new + (uint32_t)(first / PACK_PAGES_MAX));
        return r;
}

static int write_all(struct saving *s, int dirfd, uint32_t threads, struct vmtee_saved *ret) {
        uint64_t bytes;
        int r = write_packs(s, threads, &bytes);

        if (r == 0)
                r = save_files(s, dirfd);
        if (r < 0) {
                drop_packs(s);
                return r;
        }
        if (ret)
                *ret = (struct vmtee_saved){ .pages = s->room, .new_pages = s->n_fresh, .bytes = bytes };
        return add_packs(s);
}

static int save(struct saving *s, int dirfd, uint32_t threads, struct vmtee_saved *ret) {
        const struct tail *t = &s->capture->tail;
        struct padded padded[2] = { 0 };
        struct piece tail[2];
        int r = pad(s->store->hasher, t->bytes, t->sections_size, &padded[0], &tail[0]);

        if (r == 0)
                r = pad(s->store->hasher, t->bytes + t->json, t->size - t->json, &padded[1], &tail[1]);
        if (r == 0)
                r = page_table_init(&s->table, store_count_pages(s->store) + s->room);
        if (r == 0)
                r = place_capture(s, tail);
        if (r == 0)
                r = write_all(s, dirfd, threads, ret);
        page_table_free(&s->table);
        page_map_free(&s->map);
        padded_free(&padded[0]);
        padded_free(&padded[1]);
        return r;
}

static int check_empty(int dirfd) {
        for (size_t i = 0; i < N_FILES; i++)
                if (faccessat(dirfd, files[i], F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                        return vmtee_fail(-EEXIST, "the directory has a snapshot's %s already", files[i]);
        return 0;
}

static int save_into(vmtee_store *store, const vmtee_capture *c, int dirfd, uint32_t threads,
                     struct vmtee_saved *ret) {
        const struct tail *t = &c->tail;
        struct saving s = { .store = store, .capture = c, .first_new = store_next_id(store) };

        s.room = snapshot_pages(&c->memory, t->sections_size, t->size - t->json);
        void *fresh = mmap(NULL, s.room * sizeof(*s.fresh), PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (fresh == MAP_FAILED)
                return vmtee_fail(-ENOMEM, "no memory to save the snapshot");
        s.fresh = fresh;
        int r = save(&s, dirfd, threads, ret);
        munmap(s.fresh, s.room * sizeof(*s.fresh));
        for (size_t i = N_FILES; r < 0 && i > 0; i--)
                (void)unlinkat(dirfd, files[i - 1], 0);
        return r;
}

int vmtee_snapshot_save(vmtee_store *s, const vmtee_capture *c, int dirfd, uint32_t threads, struct vmtee_saved *ret) {
        if (c->state != CAPTURE_MEASURED)
                return vmtee_fail(-ESTALE, "the capture has not been measured");
        if (!c->memory.blocks[0].pages)
                return vmtee_fail(-ESTALE, "the capture is a snapshot already");
        const int r = check_empty(dirfd);
        return r < 0 ? r : save_into(s, c, dirfd, threads, ret);
}
