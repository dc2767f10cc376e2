/* SPDX-License-Identifier: Apache-2.0 */
#include "merkle/merkle.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "util/detail.h"

/* The EVP interface is the one that uses the processor's SHA extensions; fetching the algorithm once, instead of by every
 * EVP_DigestInit, halves the time of small inputs. */
int hash_parts(struct hasher *h, const struct hash_part *parts, size_t n, struct node *ret) {
        int ok = EVP_DigestInit_ex2(h->context, h->sha256, NULL);

        for (size_t i = 0; ok == 1 && i < n; i++)
                ok = EVP_DigestUpdate(h->context, parts[i].data, parts[i].size);
        if (ok == 1)
                ok = EVP_DigestFinal_ex(h->context, ret->hash, NULL);
        return ok == 1 ? 0 : vmtee_fail(-EIO, "SHA-256 failed");
}

int hash_digest(struct hasher *h, const void *data, size_t size, struct node *ret) {
        return hash_parts(h, &(const struct hash_part){ data, size }, 1, ret);
}

int hash_leaf(struct hasher *h, const void *data, size_t size, struct node *ret) {
        static const uint8_t leaf = 0;
        const struct hash_part parts[] = { { &leaf, 1 }, { data, size } };

        return hash_parts(h, parts, sizeof(parts) / sizeof(*parts), ret);
}

int hash_pair(struct hasher *h, const struct node *left, const struct node *right, struct node *ret) {
        static const uint8_t inner = 1;
        const struct hash_part parts[] = { { &inner, 1 }, { left->hash, sizeof(left->hash) },
                                           { right->hash, sizeof(right->hash) } };

        return hash_parts(h, parts, sizeof(parts) / sizeof(*parts), ret);
}

static int fill_zero_roots(struct hasher *h) {
        static const uint8_t page[VMTEE_PAGE_SIZE];
        int r = hash_leaf(h, page, sizeof(page), &h->zero[0]);

        for (size_t i = 1; r == 0 && i < ZERO_LEVELS; i++)
                r = hash_pair(h, &h->zero[i - 1], &h->zero[i - 1], &h->zero[i]);
        return r;
}

struct hasher *hasher_new(void) {
        struct hasher *h = calloc(1, sizeof(*h));

        if (!h)
                return NULL;
        h->context = EVP_MD_CTX_new();
        h->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
        if (!h->context || !h->sha256 || fill_zero_roots(h) < 0) {
                hasher_free(h);
                return NULL;
        }
        return h;
}

void hasher_free(struct hasher *h) {
        if (!h)
                return;
        EVP_MD_CTX_free(h->context);
        EVP_MD_free(h->sha256);
        free(h);
}

bool page_is_zero(const uint8_t page[VMTEE_PAGE_SIZE]) {
        enum { STEP = 64 };

        /* Most pages that are not zero show it in their first bytes. A block of words without a branch inside becomes
         * vector instructions. */
        for (size_t i = 0; i < VMTEE_PAGE_SIZE; i += STEP) {
                uint64_t words[STEP / sizeof(uint64_t)], any = 0;

                memcpy(words, page + i, sizeof(words));
                for (size_t j = 0; j < STEP / sizeof(uint64_t); j++)
                        any |= words[j];
                if (any != 0)
                        return false;
        }
        return true;
}

int hash_page(struct hasher *h, const uint8_t page[VMTEE_PAGE_SIZE], struct node *ret) {
        if (!page_is_zero(page))
                return hash_leaf(h, page, VMTEE_PAGE_SIZE, ret);
        *ret = h->zero[0];
        return 0;
}

static bool both_are(const struct node *pair, const struct node *what) {
        return memcmp(&pair[0], what, sizeof(*what)) == 0 && memcmp(&pair[1], what, sizeof(*what)) == 0;
}

/* Pairing level by level, a lone last node going up as it is, gives the tree of RFC 6962. */
static int fold_level(struct hasher *h, struct node *nodes, size_t n, size_t level) {
        for (size_t i = 0; i < n / 2; i++) {
                int r = 0;

                if (level + 1 < ZERO_LEVELS && both_are(&nodes[2 * i], &h->zero[level]))
                        nodes[i] = h->zero[level + 1];
                else
                        r = hash_pair(h, &nodes[2 * i], &nodes[2 * i + 1], &nodes[i]);
                if (r < 0)
                        return r;
        }
        if (n % 2 != 0)
                nodes[n / 2] = nodes[n - 1];
        return 0;
}

int hash_fold(struct hasher *h, struct node *nodes, size_t n, struct node *ret) {
        if (n == 0)
                return hash_digest(h, "", 0, ret);
        for (size_t level = 0; n > 1; level++, n = n / 2 + n % 2) {
                const int r = fold_level(h, nodes, n, level);

                if (r < 0)
                        return r;
        }
        *ret = nodes[0];
        return 0;
}

int hash_path(struct hasher *h, struct node *nodes, size_t n, size_t index, struct node *path, size_t *ret_n) {
        size_t length = 0;

        for (size_t level = 0; n > 1; level++, n = n / 2 + n % 2, index /= 2) {
                if ((index ^ 1) < n)
                        path[length++] = nodes[index ^ 1];
                const int r = fold_level(h, nodes, n, level);
                if (r < 0)
                        return r;
        }
        *ret_n = length;
        return 0;
}
