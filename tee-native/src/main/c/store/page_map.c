/* SPDX-License-Identifier: Apache-2.0 */
#include "store/page_map.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"
#include "util/detail.h"
#include "util/files.h"
#include "util/reader.h"

#define MAP_MAGIC "vmtpmap1"

/* A run for every page of 256 GiB. */
enum { MAGIC_SIZE = 8, RUN_SIZE = 12, CAPACITY_FIRST = 1024, MAP_SIZE_MAX = 1 << 30 };

void page_map_free(struct page_map *m) {
        free(m->runs);
        *m = (struct page_map){ 0 };
}

static bool follows(const struct page_run *run, struct location at) {
        if (at.pack != run->first.pack || run->pages == UINT32_MAX)
                return false;
        return at.pack == 0 || at.slot == run->first.slot + run->pages;
}

static int make_room(struct page_map *m) {
        const size_t capacity = m->capacity > 0 ? m->capacity * 2 : CAPACITY_FIRST;
        struct page_run *runs;

        if (m->n < m->capacity)
                return 0;
        runs = reallocarray(m->runs, capacity, sizeof(*runs));
        if (!runs)
                return vmtee_fail(-ENOMEM, "no memory for the map of a snapshot");
        m->runs = runs;
        m->capacity = capacity;
        return 0;
}

int page_map_add(struct page_map *m, struct location at) {
        if (m->n > 0 && follows(&m->runs[m->n - 1], at)) {
                m->runs[m->n - 1].pages++;
                return 0;
        }
        const int r = make_room(m);
        if (r == 0)
                m->runs[m->n++] = (struct page_run){ .pages = 1, .first = at };
        return r;
}

int page_map_write(const struct page_map *m, int dirfd) {
        const size_t size = MAGIC_SIZE + m->n * RUN_SIZE;
        CLEANUP_FREE uint8_t *buf = malloc(size);

        if (!buf)
                return vmtee_fail(-ENOMEM, "no memory for the map of a snapshot");
        memcpy(buf, MAP_MAGIC, MAGIC_SIZE);
        for (size_t i = 0; i < m->n; i++) {
                const uint32_t run[] = { htobe32(m->runs[i].pages), htobe32(m->runs[i].first.pack),
                                         htobe32(m->runs[i].first.slot) };

                memcpy(buf + MAGIC_SIZE + i * RUN_SIZE, run, RUN_SIZE);
        }
        return file_write_new(dirfd, FILE_MAP, buf, size);
}

static int malformed(void) {
        return vmtee_fail(-EBADMSG, "the snapshot's %s is malformed", FILE_MAP);
}

static int parse(const uint8_t *buf, size_t size, struct page_map *m, uint64_t *ret_pages) {
        uint64_t pages = 0;

        if (size < MAGIC_SIZE || memcmp(buf, MAP_MAGIC, MAGIC_SIZE) != 0 || (size - MAGIC_SIZE) % RUN_SIZE != 0)
                return malformed();
        m->n = m->capacity = (size - MAGIC_SIZE) / RUN_SIZE;
        m->runs = calloc(m->n + 1, sizeof(*m->runs));
        if (!m->runs)
                return vmtee_fail(-ENOMEM, "no memory for the map of a snapshot");
        for (size_t i = 0; i < m->n; i++) {
                const uint8_t *p = buf + MAGIC_SIZE + i * RUN_SIZE;
                const struct page_run run = { peek_u32(p), { peek_u32(p + 4), peek_u32(p + 8) } };

                if (run.pages == 0 || (run.first.pack == 0 && run.first.slot != 0))
                        return malformed();
                m->runs[i] = run;
                pages += run.pages;
        }
        *ret_pages = pages;
        return 0;
}

static int read_map(int dirfd, struct page_map *m, uint64_t *ret_pages) {
        CLEANUP_FREE uint8_t *buf = NULL;
        size_t size;
        const int r = file_read_whole(dirfd, FILE_MAP, MAP_SIZE_MAX, &buf, &size);

        return r < 0 ? r : parse(buf, size, m, ret_pages);
}

int page_map_read_any(int dirfd, struct page_map *ret) {
        struct page_map m = { 0 };
        uint64_t pages;
        const int r = read_map(dirfd, &m, &pages);

        if (r < 0)
                page_map_free(&m);
        else
                *ret = m;
        return r;
}

int page_map_read(int dirfd, uint64_t pages, struct page_map *ret) {
        struct page_map m = { 0 };
        uint64_t found;
        int r = read_map(dirfd, &m, &found);

        if (r == 0 && found != pages)
                r = malformed();
        if (r < 0)
                page_map_free(&m);
        else
                *ret = m;
        return r;
}

uint32_t page_cursor_take(struct page_cursor *c, size_t max, struct location *ret) {
        const struct page_run *run = &c->map->runs[c->run];
        const uint32_t left = run->pages - c->within;
        const uint32_t n = left < max ? left : (uint32_t)max;

        *ret = (struct location){ run->first.pack, run->first.pack == 0 ? 0 : run->first.slot + c->within };
        c->within += n;
        if (c->within == run->pages) {
                c->run++;
                c->within = 0;
        }
        return n;
}
