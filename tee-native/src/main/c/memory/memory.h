/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's RAM blocks. Of each page is known whether the stream brought it at all, and whether it has bytes: one that has
 * none is zero, whatever lies in its place. What a block had in an earlier capture of the same VM can lie there still.
 */
#ifndef VMTEE_MEMORY_H
#define VMTEE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "merkle/merkle.h"
#include "vmtee.h"

/* So many pages of a block are hashed by one job; a power of two. A multiple of the bits in a word, so that no two jobs set
 * bits in the same. */
enum { PIECE_PAGES = 4096 };

struct block {
        char name[VMTEE_BLOCK_NAME_MAX + 1];
        uint64_t length;     /* bytes, a multiple of the page size, not 0 */
        uint8_t *pages;      /* undefined where not written; NULL in an opened snapshot */
        struct node *leaves; /* one for each page, once measured */
        uint64_t *seen;      /* a bit for each page that the stream brought */
        uint64_t *written;   /* a bit for each page that is not known to be zero */
        uint64_t *hashed;    /* a bit for each page whose leaf is that of the bytes in its place */
        struct node *pieces; /* the roots of its PIECE_PAGES pages each, once measured */
        struct node root;
};

struct memory {
        uint8_t vm[VMTEE_UUID_SIZE]; /* whose it is, if that was told */
        bool named;
        struct block *blocks; /* in the order of the stream */
        size_t n_blocks;
        uint64_t total;       /* bytes */
};

void memory_free(struct memory *m);

/* Adds a block without pages. -EPROTO for a bad or known name or length, -E2BIG over the limits. */
int memory_add(struct memory *m, const struct vmtee_limits *limits, const char *name, size_t name_size,
               uint64_t length);

/* Gives the block room for its pages, and its bitmaps. */
int block_map(const struct memory *m, struct block *b);
void block_unmap(struct block *b);
/* The bytes of a page; what is there and the same already stays, with its leaf. */
void block_put(struct block *b, size_t page, const uint8_t bytes[static VMTEE_PAGE_SIZE]);
void block_put_zero(struct block *b, size_t page);
/* Gives the block room for its leaves. */
int block_map_leaves(struct block *b);

struct block *memory_find(const struct memory *m, const char *name, size_t name_size);

static inline size_t block_pages(const struct block *b) {
        return b->length / VMTEE_PAGE_SIZE;
}

static inline size_t block_pieces(const struct block *b) {
        return (block_pages(b) + PIECE_PAGES - 1) / PIECE_PAGES;
}

static inline bool bit_test(const uint64_t *bits, size_t i) {
        return bits[i / 64] >> (i % 64) & 1;
}

static inline void bit_set(uint64_t *bits, size_t i) {
        bits[i / 64] |= UINT64_C(1) << (i % 64);
}

static inline void bit_clear(uint64_t *bits, size_t i) {
        bits[i / 64] &= ~(UINT64_C(1) << (i % 64));
}

/* -EPROTO if the stream did not bring every page. */
int memory_check_complete(const struct memory *m);

/* Hashes the pages that are not hashed yet on so many threads, and sets every block's leaves and root. */
int memory_measure(struct memory *m, uint32_t threads);
/* Sets every block's root from its leaves. */
int memory_roots(struct memory *m, uint32_t threads);

/* The audit path of a page in a measured block, at most ZERO_LEVELS nodes. */
int block_path(const struct block *b, size_t page, struct node *ret, size_t *ret_n);

#endif
