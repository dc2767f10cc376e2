/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads all of a snapshot, as a restore would, on all processors: first it is listed which pages of which packs are wanted,
 * then each frame with one of them is read once. Pages that several snapshots share are read once for an open store.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot/load.h"
#include "store/page_reader.h"
#include "util/cleanup.h"
#include "util/detail.h"
#include "util/parallel.h"

/* Whole words of the bits, so that no two threads write to one. */
enum { WORD_BITS = 64, JOB_PAGES = 16 * WORD_BITS };
_Static_assert(JOB_PAGES % FRAME_PAGES == 0, "no frame is read by two threads");

/* What is wanted of a pack, and what of it turned out to be bad: a bit for each page. */
struct wanted {
        uint64_t *pages;
        uint64_t *bad;
};

struct job {
        struct stored_pack *pack;
        struct wanted *wanted;
        uint32_t first; /* page of the pack */
};

struct verifying {
        vmtee_store *store;
        const vmtee_capture *capture;
        const struct page_map *map;
        struct wanted *wanted; /* for each pack */
        struct job *jobs;
        size_t n_jobs;
        uint64_t n_bad;
        struct vmtee_page_run first_bad;
};

static size_t words_of(const struct stored_pack *p) {
        return (p->pack.pages + WORD_BITS - 1) / WORD_BITS;
}

static struct wanted *wanted_of(const struct verifying *v, const struct stored_pack *p) {
        return &v->wanted[p - v->store->packs];
}

static int no_memory(void) {
        return vmtee_fail(-ENOMEM, "no memory to verify the snapshot");
}

static int prepare_pack(const struct verifying *v, struct stored_pack *p) {
        struct wanted *w = wanted_of(v, p);

        if (!p->verified)
                p->verified = calloc(words_of(p), sizeof(*p->verified));
        if (!w->pages)
                w->pages = calloc(words_of(p), sizeof(*w->pages));
        if (!w->bad)
                w->bad = calloc(words_of(p), sizeof(*w->bad));
        return p->verified && w->pages && w->bad ? 0 : no_memory();
}

/* Calls for each page of the snapshot's RAM that is not zero, with its place in the store and in the guest. */
static int each_page(struct verifying *v, int (*call)(struct verifying *, struct location, const struct block *, size_t)) {
        struct page_cursor cursor = { .map = v->map };
        const struct memory *m = &v->capture->memory;
        int r = 0;

        for (size_t i = 0; r == 0 && i < m->n_blocks; i++)
                for (size_t page = 0; r == 0 && page < block_pages(&m->blocks[i]); page++) {
                        struct location at;

                        (void)page_cursor_take(&cursor, 1, &at);
                        if (at.pack != 0)
                                r = call(v, store_replace(v->store, at), &m->blocks[i], page);
                }
        return r;
}

/* The leaves came from there, so the pack is there and has the page. */
static int want(struct verifying *v, struct location at, const struct block *b, size_t page) {
        struct stored_pack *p = store_find(v->store, at.pack);
        const int r = prepare_pack(v, p);

        (void)b, (void)page;
        if (r == 0 && !bit_test(p->verified, at.slot))
                bit_set(wanted_of(v, p)->pages, at.slot);
        return r;
}

static bool any_wanted(const struct wanted *w, const struct stored_pack *p, uint32_t first) {
        for (uint32_t slot = first; slot < p->pack.pages && slot < first + JOB_PAGES; slot += WORD_BITS)
                if (w->pages[slot / WORD_BITS] != 0)
                        return true;
        return false;
}

static size_t jobs_at_most(const vmtee_store *s) {
        size_t n = 0;

        for (size_t i = 0; i < s->n_packs; i++)
                n += s->packs[i].pack.pages / JOB_PAGES + 1;
        return n;
}

static int cut_jobs(struct verifying *v) {
        v->jobs = calloc(jobs_at_most(v->store) + 1, sizeof(*v->jobs));
        if (!v->jobs)
                return no_memory();
        for (size_t i = 0; i < v->store->n_packs; i++) {
                struct stored_pack *p = &v->store->packs[i];
                struct wanted *w = &v->wanted[i];

                for (uint32_t first = 0; w->pages && first < p->pack.pages; first += JOB_PAGES)
                        if (any_wanted(w, p, first))
                                v->jobs[v->n_jobs++] = (struct job){ .pack = p, .wanted = w, .first = first };
        }
        return 0;
}

struct worker {
        struct hasher *hasher;
        struct frame_reader *frames;
        uint8_t frame[FRAME_SIZE];
};

static void worker_end(void *own) {
        struct worker *w = own;

        frame_reader_free(w->frames);
        hasher_free(w->hasher);
        free(w);
}

static void *worker_begin(void) {
        struct worker *w = calloc(1, sizeof(*w));

        if (!w)
                return NULL;
        w->hasher = hasher_new();
        w->frames = frame_reader_new();
        if (!w->hasher || !w->frames) {
                worker_end(w);
                return NULL;
        }
        return w;
}

static int check_page(struct worker *w, const struct job *j, uint32_t slot, bool readable) {
        struct node found;

        if (readable) {
                const int r = hash_page(w->hasher, w->frame + (size_t)(slot % FRAME_PAGES) * VMTEE_PAGE_SIZE, &found);
                if (r < 0)
                        return r;
        }
        if (readable && memcmp(&found, &j->pack->pack.leaves[slot], sizeof(found)) == 0)
                bit_set(j->pack->verified, slot);
        else
                bit_set(j->wanted->bad, slot);
        return 0;
}

static int check_frame(struct worker *w, const struct job *j, uint32_t first, uint32_t end) {
        bool read = false, readable = false;
        int r = 0;

        for (uint32_t slot = first; r == 0 && slot < end; slot++) {
                if (!bit_test(j->wanted->pages, slot))
                        continue;
                if (!read) {
                        r = pack_read_frame(&j->pack->pack, w->frames, first / FRAME_PAGES, w->frame);
                        readable = r == 0;
                        read = true;
                }
                if (r == 0 || r == -EBADMSG)
                        r = check_page(w, j, slot, readable);
        }
        return r;
}

static int do_job(void *own, void *shared, size_t number) {
        const struct verifying *v = shared;
        const struct job *j = &v->jobs[number];
        const uint32_t pages = j->pack->pack.pages;
        int r = 0;

        for (uint32_t first = j->first; r == 0 && first < pages && first < j->first + JOB_PAGES; first += FRAME_PAGES)
                r = check_frame(own, j, first, first + FRAME_PAGES < pages ? first + FRAME_PAGES : pages);
        return r;
}

static int count_bad(struct verifying *v, struct location at, const struct block *b, size_t page) {
        struct stored_pack *p = store_find(v->store, at.pack);

        if (!bit_test(wanted_of(v, p)->bad, at.slot))
                return 0;
        if (v->n_bad++ == 0) {
                v->first_bad = (struct vmtee_page_run){ .offset = (uint64_t)page * VMTEE_PAGE_SIZE, .pages = 1 };
                strcpy(v->first_bad.block, b->name);
        }
        return bad_pages_add(&p->bad, &p->pack, at.slot);
}

/* What could not be remembered will be found again. */
static void remember_bad(const vmtee_store *s) {
        for (size_t i = 0; i < s->n_packs; i++)
                if (s->packs[i].bad.n > 0)
                        (void)bad_pages_write(s->dirfd, &s->packs[i].pack, &s->packs[i].bad);
}

static int conclude(struct verifying *v) {
        const int r = each_page(v, count_bad);

        if (r < 0 || v->n_bad == 0)
                return r;
        remember_bad(v->store);
        return vmtee_fail(-EBADMSG, "%llu pages of the snapshot are not the attested ones, the first at 0x%llx of RAM block %s",
                          (unsigned long long)v->n_bad, (unsigned long long)v->first_bad.offset, v->first_bad.block);
}

static int verify_pages(struct verifying *v) {
        const struct parallel_work work = {
                .begin = worker_begin, .job = do_job, .end = worker_end, .shared = v
        };
        int r = each_page(v, want);

        if (r == 0)
                r = cut_jobs(v);
        if (r == 0)
                r = parallel_run(&work, v->n_jobs, 0);
        return r < 0 ? r : conclude(v);
}

static void verifying_free(struct verifying *v) {
        for (size_t i = 0; v->wanted && i < v->store->n_packs; i++) {
                free(v->wanted[i].pages);
                free(v->wanted[i].bad);
        }
        free(v->wanted);
        free(v->jobs);
}

int vmtee_snapshot_verify(vmtee_store *s, int dirfd, const uint8_t digest[VMTEE_DIGEST_SIZE],
                          struct vmtee_page_run *ret_bad) {
        struct page_map map = { 0 };
        struct verifying v = { .store = s, .map = &map };
        vmtee_capture *c = NULL;
        /* The store may have been open while the snapshot was kept. */
        int r = store_refresh(s);

        if (r == 0)
                r = snapshot_load(s, dirfd, digest, &c, &map);
        v.capture = c;
        if (r == 0) {
                v.wanted = calloc(s->n_packs + 1, sizeof(*v.wanted));
                r = v.wanted ? verify_pages(&v) : no_memory();
        }
        verifying_free(&v);
        page_map_free(&map);
        vmtee_capture_free(c);
        if (r == -EBADMSG && ret_bad)
                *ret_bad = v.first_bad;
        return r;
}
