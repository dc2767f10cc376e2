/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VMTEE_TEST_HASHES_H
#define VMTEE_TEST_HASHES_H

#include <string.h>

#include "memory/memory.h"

/* So that memory_measure() hashes everything, as it does the first time. */
static inline void forget_hashes(struct memory *m) {
        for (size_t i = 0; i < m->n_blocks; i++)
                memset(m->blocks[i].hashed, 0, (block_pages(&m->blocks[i]) + 63) / 64 * sizeof(uint64_t));
}

#endif
