/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Page trees, several threads to a tree: a job is an aligned piece of 2^k pages, whose leaves fold to one node of the tree
 * while they are still in the cache; the few nodes of the pieces are folded at the end.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memory/memory.h"
#include "util/cleanup.h"
#include "util/detail.h"
#include "util/parallel.h"

struct piece {
        struct block *block;
        size_t first;
        size_t count;
        struct node root;
};

struct pieces {
        struct piece *list;
        size_t n;
        bool hash_pages;
};

struct worker {
        struct hasher *hasher;
        struct node nodes[PIECE_PAGES];
};

static void worker_end(void *own) {
        struct worker *w = own;

        hasher_free(w->hasher);
        free(w);
}

static void *worker_begin(void) {
        struct worker *w = calloc(1, sizeof(*w));

        if (!w)
                return NULL;
        w->hasher = hasher_new();
        if (!w->hasher) {
                worker_end(w);
                return NULL;
        }
        return w;
}

static int hash_leaf_of(struct worker *w, struct block *b, size_t page) {
        if (!bit_test(b->written, page)) {
                bit_clear(b->hashed, page);
                b->leaves[page] = w->hasher->zero[0];
                return 0;
        }
        if (bit_test(b->hashed, page))
                return 0;
        const int r = hash_page(w->hasher, b->pages + page * VMTEE_PAGE_SIZE, &b->leaves[page]);
        if (r == 0)
                bit_set(b->hashed, page);
        return r;
}

static int hash_leaves(struct worker *w, const struct piece *p) {
        int r = 0;

        for (size_t i = p->first; r == 0 && i < p->first + p->count; i++)
                r = hash_leaf_of(w, p->block, i);
        return r;
}

static int do_piece(void *own, void *shared, size_t number) {
        const struct pieces *pieces = shared;
        struct worker *w = own;
        struct piece *p = &pieces->list[number];
        const int r = pieces->hash_pages ? hash_leaves(w, p) : 0;

        if (r < 0)
                return r;
        memcpy(w->nodes, p->block->leaves + p->first, p->count * sizeof(*w->nodes));
        return hash_fold(w->hasher, w->nodes, p->count, &p->root);
}

static int cut(struct memory *m, struct pieces *ret) {
        size_t n = 0;

        for (size_t i = 0; i < m->n_blocks; i++)
                n += block_pieces(&m->blocks[i]);
        ret->list = calloc(n + 1, sizeof(*ret->list));
        if (!ret->list)
                return vmtee_fail(-ENOMEM, "no memory to cut the RAM into pieces");
        for (size_t i = 0; i < m->n_blocks; i++)
                for (size_t first = 0; first < block_pages(&m->blocks[i]); first += PIECE_PAGES) {
                        const size_t left = block_pages(&m->blocks[i]) - first;

                        ret->list[ret->n++] =
                                (struct piece){ .block = &m->blocks[i],
                                                .first = first,
                                                .count = left < PIECE_PAGES ? left : PIECE_PAGES };
                }
        return 0;
}

static int join_block(struct worker *w, struct block *b, const struct piece *pieces) {
        const size_t n = block_pieces(b);
        CLEANUP_FREE struct node *nodes = calloc(n, sizeof(*nodes));

        if (!b->pieces)
                b->pieces = calloc(n, sizeof(*b->pieces));
        if (!nodes || !b->pieces)
                return vmtee_fail(-ENOMEM, "no memory to join a page tree");
        for (size_t i = 0; i < n; i++)
                b->pieces[i] = nodes[i] = pieces[i].root;
        return hash_fold(w->hasher, nodes, n, &b->root);
}

/* The pieces of a block follow each other. */
static int join(struct worker *w, struct memory *m, const struct pieces *pieces) {
        const struct piece *p = pieces->list;
        int r = 0;

        for (size_t i = 0; r == 0 && i < m->n_blocks; p += block_pieces(&m->blocks[i++]))
                r = join_block(w, &m->blocks[i], p);
        return r;
}

static int roots(struct memory *m, uint32_t threads, bool hash_pages) {
        struct pieces pieces = { .hash_pages = hash_pages };
        const struct parallel_work work = {
                .begin = worker_begin, .job = do_piece, .end = worker_end, .shared = &pieces
        };
        struct worker *w = worker_begin();
        int r = w ? cut(m, &pieces) : vmtee_fail(-ENOMEM, "no memory to hash");

        if (r == 0)
                r = parallel_run(&work, pieces.n, threads);
        if (r == 0)
                r = join(w, m, &pieces);
        free(pieces.list);
        if (w)
                worker_end(w);
        return r;
}

int memory_measure(struct memory *m, uint32_t threads) {
        for (size_t i = 0; i < m->n_blocks; i++) {
                const int r = block_map_leaves(&m->blocks[i]);

                if (r < 0)
                        return r;
        }
        return roots(m, threads, true);
}

int memory_roots(struct memory *m, uint32_t threads) {
        return roots(m, threads, false);
}

static int path_of(struct hasher *h, const struct block *b, size_t page, struct node *nodes, struct node *ret, size_t *ret_n) {
        const size_t piece = page / PIECE_PAGES, first = piece * PIECE_PAGES, left = block_pages(b) - first;
        const size_t n = left < PIECE_PAGES ? left : PIECE_PAGES;
        size_t below, above = 0;

        memcpy(nodes, b->leaves + first, n * sizeof(*nodes));
        int r = hash_path(h, nodes, n, page - first, ret, &below);
        if (r < 0)
                return r;
        memcpy(nodes, b->pieces, block_pieces(b) * sizeof(*nodes));
        r = hash_path(h, nodes, block_pieces(b), piece, ret + below, &above);
        *ret_n = below + above;
        return r;
}

int block_path(const struct block *b, size_t page, struct node *ret, size_t *ret_n) {
        const size_t most = block_pieces(b) > PIECE_PAGES ? block_pieces(b) : PIECE_PAGES;
        CLEANUP_FREE struct node *nodes = calloc(most, sizeof(*nodes));
        struct hasher *h = hasher_new();
        const int r = nodes && h ? path_of(h, b, page, nodes, ret, ret_n) : vmtee_fail(-ENOMEM, "no memory to prove a page");

        hasher_free(h);
        return r;
}
