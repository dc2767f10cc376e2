/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 Merkle trees as in RFC 6962, 2.1: a leaf is hashed after a byte 0, two nodes after a byte 1. */
#ifndef VMTEE_MERKLE_H
#define VMTEE_MERKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmtee.h"

struct node {
        uint8_t hash[VMTEE_DIGEST_SIZE];
};

enum { ZERO_LEVELS = 64 };

/* A hasher serves one thread. */
struct hasher {
        struct evp_md_ctx_st *context;
        struct evp_md_st *sha256;
        /* zero[i]: the root over 2^i pages of zeros. */
        struct node zero[ZERO_LEVELS];
};

/* NULL if there is no memory or no SHA-256. */
struct hasher *hasher_new(void);
void hasher_free(struct hasher *h);

struct hash_part {
        const void *data;
        size_t size;
};

/* All return 0 or -EIO. */
/* SHA-256 over all parts, one behind another. */
int hash_parts(struct hasher *h, const struct hash_part *parts, size_t n, struct node *ret);
int hash_digest(struct hasher *h, const void *data, size_t size, struct node *ret);
int hash_leaf(struct hasher *h, const void *data, size_t size, struct node *ret);
int hash_pair(struct hasher *h, const struct node *left, const struct node *right, struct node *ret);

/* The leaf of a page; for a page of zeros without hashing it. */
int hash_page(struct hasher *h, const uint8_t page[VMTEE_PAGE_SIZE], struct node *ret);

/* The root over n nodes of one level, which are overwritten. The root of no leaves is SHA-256 of nothing. */
int hash_fold(struct hasher *h, struct node *nodes, size_t n, struct node *ret);

/* The audit path of one of n nodes (RFC 6962, 2.1.1), from its sibling up, at most ZERO_LEVELS nodes; n must not be 0. The nodes
 * are overwritten; the first is then the root. */
int hash_path(struct hasher *h, struct node *nodes, size_t n, size_t index, struct node *path, size_t *ret_n);

bool page_is_zero(const uint8_t page[VMTEE_PAGE_SIZE]);

#endif
