/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gives back the room of pages that no snapshot has any more. Nothing moves, so that a crash at any point costs nothing: a
 * pack without a living page is removed, and in others the frames without one become holes.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory/memory.h"
#include "store/store.h"
#include "util/cleanup.h"
#include "util/detail.h"
#include "util/files.h"

enum { STAT_UNIT = 512, HOLE_UNIT = 4096, WORD_BITS = 64 };

/* What snapshots need of a pack. */
struct need {
        bool any;
        uint64_t *frames; /* a bit for each with a living page; NULL for a pack that cannot be read */
};

struct collecting {
        vmtee_store *store;
        struct need *needs; /* for each pack */
        bool only_count;
        uint64_t freed; /* bytes */
};

static void mark_frame(struct collecting *c, struct location at) {
        struct need *need = &c->needs[store_find(c->store, at.pack) - c->store->packs];

        need->any = true;
        bit_set(need->frames, at.slot / FRAME_PAGES);
}

/* What is read in the place of bad pages is needed, too. */
static void mark_replacements(struct collecting *c, const struct stored_pack *p, uint32_t first, uint64_t end) {
        for (uint32_t slot = first; p->bad.n > 0 && slot < end; slot++) {
                const struct location at = { p->pack.id, slot }, instead = store_replace(c->store, at);

                if (instead.pack != at.pack || instead.slot != at.slot)
                        mark_frame(c, instead);
        }
}

static void mark(struct collecting *c, const struct page_run *run) {
        const struct stored_pack *p = run->first.pack > 0 ? store_find(c->store, run->first.pack) : NULL;

        if (!p)
                return;
        struct need *need = &c->needs[p - c->store->packs];
        const uint64_t behind = (uint64_t)run->first.slot + run->pages;
        const uint64_t end = behind < p->pack.pages ? behind : p->pack.pages;

        need->any = true;
        for (uint64_t slot = run->first.slot; need->frames && slot < end; slot = (slot / FRAME_PAGES + 1) * FRAME_PAGES)
                bit_set(need->frames, slot / FRAME_PAGES);
        mark_replacements(c, p, run->first.slot, end);
}

static int mark_snapshot(struct collecting *c, int dirfd) {
        struct page_map map;
        const int r = page_map_read_any(dirfd, &map);

        if (r < 0)
                return r;
        for (size_t i = 0; i < map.n; i++)
                mark(c, &map.runs[i]);
        page_map_free(&map);
        return 0;
}

static int by_offset(const void *a, const void *b) {
        const struct pack_frame *left = a, *right = b;

        return (left->offset > right->offset) - (left->offset < right->offset);
}

/* Only whole blocks of the file system are given back. */
static int punch(int fd, uint64_t begin, uint64_t end) {
        const uint64_t first = (begin + HOLE_UNIT - 1) / HOLE_UNIT * HOLE_UNIT, last = end / HOLE_UNIT * HOLE_UNIT;

        if (first >= last ||
            fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)first, (off_t)(last - first)) == 0 ||
            errno == EOPNOTSUPP)
                return 0;
        return vmtee_fail(-errno, "cannot give back room of the store: %s", strerror(errno));
}

/* The dead frames in the order of the file; those that lie side by side become one hole. */
static int punch_all(int fd, const struct pack_frame *dead, size_t n) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < n;) {
                const uint64_t begin = dead[i].offset;
                uint64_t end = begin;

                while (i < n && dead[i].offset == end)
                        end += dead[i++].size;
                r = punch(fd, begin, end);
        }
        return r;
}

static uint64_t room_of(int fd) {
        struct stat st;

        return fstat(fd, &st) == 0 ? (uint64_t)st.st_blocks * STAT_UNIT : 0;
}

static int thin_out(struct collecting *c, const struct pack *p, const struct pack_frame *dead, size_t n) {
        char name[PACK_NAME_SIZE];

        pack_name(p->id, name);
        CLEANUP_CLOSE const int fd = openat(c->store->dirfd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
                return vmtee_fail(-errno, "cannot open %s: %s", name, strerror(errno));
        const uint64_t before = room_of(fd);
        const int r = punch_all(fd, dead, n);
        const uint64_t after = room_of(fd);
        c->freed += before > after ? before - after : 0;
        return r;
}

/* What is about to be a hole must not be built upon: the pack's index still has its hashes. */
static int forget(struct collecting *c, struct stored_pack *p, const uint64_t *living) {
        const size_t known = p->bad.n;
        int r = 0;

        for (uint32_t slot = 0; r == 0 && slot < p->pack.pages; slot++)
                if (!bit_test(living, slot / FRAME_PAGES))
                        r = bad_pages_add(&p->bad, &p->pack, slot);
        return r < 0 || p->bad.n == known ? r : bad_pages_write(c->store->dirfd, &p->pack, &p->bad);
}

static int collect_frames(struct collecting *c, struct stored_pack *stored, const uint64_t *living) {
        const struct pack *p = &stored->pack;
        const uint32_t frames = pack_frames(p->pages);
        CLEANUP_FREE struct pack_frame *dead = calloc(frames, sizeof(*dead));
        size_t n = 0;

        if (!dead)
                return vmtee_fail(-ENOMEM, "no memory to give back room");
        for (uint32_t i = 0; i < frames; i++)
                if (!bit_test(living, i))
                        dead[n++] = p->frames[i];
        qsort(dead, n, sizeof(*dead), by_offset);
        if (n == 0 || c->only_count)
                return 0;
        const int r = forget(c, stored, living);
        return r < 0 ? r : thin_out(c, p, dead, n);
}

static int remove_file(struct collecting *c, const char *name) {
        struct stat st;

        if (fstatat(c->store->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return 0;
        if (!c->only_count && unlinkat(c->store->dirfd, name, 0) < 0)
                return vmtee_fail(-errno, "cannot remove %s: %s", name, strerror(errno));
        c->freed += (uint64_t)st.st_blocks * STAT_UNIT;
        return 0;
}

static int remove_pack(struct collecting *c, uint32_t id) {
        char name[PACK_NAME_SIZE];

        pack_name(id, name);
        const int r = remove_file(c, name);
        if (r == 0 && !c->only_count)
                bad_pages_remove(c->store->dirfd, id);
        return r;
}

static int collect_packs(struct collecting *c) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < c->store->n_packs; i++) {
                struct stored_pack *p = &c->store->packs[i];

                if (!c->needs[i].any)
                        r = remove_pack(c, p->pack.id);
                else if (c->needs[i].frames)
                        r = collect_frames(c, p, c->needs[i].frames);
        }
        return r;
}

/* What writers left that died. */
static int collect_unfinished(struct collecting *c) {
        const int fd = openat(c->store->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
        int r = 0;

        if (!d) {
                const int error = -errno;

                if (fd >= 0)
                        close(fd);
                return vmtee_fail(error, "cannot list the store: %s", strerror(-error));
        }
        for (const struct dirent *e; r == 0 && (e = readdir(d)) != NULL;) {
                const size_t size = strlen(e->d_name);

                if (size > strlen(".new") && strcmp(e->d_name + size - strlen(".new"), ".new") == 0)
                        r = remove_file(c, e->d_name);
        }
        closedir(d);
        return r;
}

static int allocate_needs(struct collecting *c) {
        c->needs = calloc(c->store->n_packs + 1, sizeof(*c->needs));
        for (size_t i = 0; c->needs && i < c->store->n_packs; i++) {
                const struct stored_pack *p = &c->store->packs[i];

                if (p->error < 0)
                        continue;
                c->needs[i].frames = calloc(pack_frames(p->pack.pages) / WORD_BITS + 1, sizeof(uint64_t));
                if (!c->needs[i].frames)
                        return vmtee_fail(-ENOMEM, "no memory to give back room");
        }
        return c->needs ? 0 : vmtee_fail(-ENOMEM, "no memory to give back room");
}

static void free_needs(struct collecting *c) {
        for (size_t i = 0; c->needs && i < c->store->n_packs; i++)
                free(c->needs[i].frames);
        free(c->needs);
}

int vmtee_store_collect(vmtee_store *s, const int *dirfds, size_t n, int only_count, uint64_t *ret_bytes) {
        struct collecting c = { .store = s, .only_count = only_count != 0 };
        int r = allocate_needs(&c);

        /* One that cannot be read may need anything. */
        for (size_t i = 0; r == 0 && i < n; i++)
                r = mark_snapshot(&c, dirfds[i]);
        if (r == 0)
                r = collect_packs(&c);
        if (r == 0)
                r = collect_unfinished(&c);
        free_needs(&c);
        if (r < 0)
                return r;
        if (ret_bytes)
                *ret_bytes = c.freed;
        return only_count ? 0 : file_sync(s->dirfd, "the store");
}
