/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that pages belong to a capture. */
#include <errno.h>
#include <string.h>

#include "capture/capture.h"
#include "util/detail.h"

int64_t vmtee_capture_proof(const vmtee_capture *c, const char *block, uint64_t page,
                            uint8_t buf[VMTEE_PROOF_MAX][VMTEE_DIGEST_SIZE]) {
        struct node path[ZERO_LEVELS];
        size_t n;

        if (c->state != CAPTURE_MEASURED)
                return vmtee_fail(-ESTALE, "only a measured capture's pages can be proven");
        const struct block *b = memory_find(&c->memory, block, strlen(block));
        if (!b)
                return vmtee_fail(-ENOENT, "no RAM block of that name");
        if (page >= block_pages(b))
                return vmtee_fail(-ERANGE, "RAM block %s has %zu pages", b->name, block_pages(b));
        const int r = block_path(b, (size_t)page, path, &n);
        if (r < 0)
                return r;
        memcpy(buf[0], b->leaves[page].hash, VMTEE_DIGEST_SIZE);
        for (size_t i = 0; i < n; i++)
                memcpy(buf[i + 1], path[i].hash, VMTEE_DIGEST_SIZE);
        return (int64_t)n + 1;
}
