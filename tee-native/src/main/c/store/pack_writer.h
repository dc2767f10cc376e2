/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VMTEE_PACK_WRITER_H
#define VMTEE_PACK_WRITER_H

#include "store/store.h"

struct new_page {
        const uint8_t *bytes;
        const struct node *leaf;
};

/* Writes a new pack of 1..PACK_PAGES_MAX pages, compressed on so many threads (0: one per online CPU); whole and durable on
 * return, or not there. Gives its bytes. */
int pack_write(const struct vmtee_store *s, uint32_t id, const struct new_page *pages, uint32_t n, uint32_t threads,
               uint64_t *ret_bytes);

#endif
