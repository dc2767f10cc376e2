/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a snapshot's pages lie: runs over all its pages in the order of the snapshot (snapshot/pages.h). The file is magic
 * "vmtpmap1", then for each run u32 pages, u32 pack, u32 first slot, big-endian; pack 0 is pages of zeros, slot 0.
 */
#ifndef VMTEE_PAGE_MAP_H
#define VMTEE_PAGE_MAP_H

#include "store/pack_format.h"

#define FILE_MAP "pages.map"

struct page_run {
        uint32_t pages;
        struct location first;
};

struct page_map {
        struct page_run *runs;
        size_t n;
        size_t capacity;
};

void page_map_free(struct page_map *m);

/* Adds the next page. */
int page_map_add(struct page_map *m, struct location at);

/* Writes a new file, durable on return. */
int page_map_write(const struct page_map *m, int dirfd);

/* Reads the map of exactly `pages` pages; -EBADMSG if it is another's or malformed. */
int page_map_read(int dirfd, uint64_t pages, struct page_map *ret);
/* Reads the map of however many pages. */
int page_map_read_any(int dirfd, struct page_map *ret);

/* Goes through the pages. */
struct page_cursor {
        const struct page_map *map;
        size_t run;
        uint32_t within;
};

/* Takes the next pages, at most `max`, that lie one behind another (or are zeros); gives how many and where the first lies.
 * There must be one more. */
uint32_t page_cursor_take(struct page_cursor *c, size_t max, struct location *ret);

#endif
