/* SPDX-License-Identifier: Apache-2.0 */
/* Finds pages by their hash. What is in the pages, and so their hashes, a guest can choose: where a hash lands in the table
 * depends on a number that nobody knows. */
#ifndef VMTEE_PAGE_TABLE_H
#define VMTEE_PAGE_TABLE_H

#include <stddef.h>

#include "merkle/merkle.h"
#include "store/pack_format.h"

struct page_table {
        struct page_entry *entries;
        size_t size; /* a power of two */
        unsigned shift;
        uint64_t mask, factor;
};

struct page_entry {
        const struct node *leaf; /* NULL where nothing is; belongs to who added it */
        struct location at;
};

/* For at most n pages. */
int page_table_init(struct page_table *t, size_t n);
void page_table_free(struct page_table *t);

/* The entry of that hash, or the free one where it belongs, which the caller may fill. */
struct page_entry *page_table_find(const struct page_table *t, const struct node *leaf);

#endif
