/* SPDX-License-Identifier: Apache-2.0 */
/* All that a snapshot keeps, as one sequence of pages: the RAM blocks in the order of the stream, the device sections, the
 * description; the last page of either of these is filled up with zeros. */
#ifndef VMTEE_PAGES_H
#define VMTEE_PAGES_H

#include "memory/memory.h"

static inline uint64_t pages_of(uint64_t bytes) {
        return bytes / VMTEE_PAGE_SIZE + (bytes % VMTEE_PAGE_SIZE != 0);
}

static inline uint64_t snapshot_pages(const struct memory *m, uint64_t sections_size, uint64_t json_size) {
        return m->total / VMTEE_PAGE_SIZE + pages_of(sections_size) + pages_of(json_size);
}

#endif
