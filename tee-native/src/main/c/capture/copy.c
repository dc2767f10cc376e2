/* SPDX-License-Identifier: Apache-2.0 */
/* Copies guest memory out of a capture. */
#include <errno.h>
#include <string.h>

#include "capture/capture.h"
#include "util/detail.h"

/* A page that came as zeros has no bytes: what lies in its room may be an earlier capture's. */
static void copy_of_page(const struct block *b, uint64_t offset, uint8_t *to, size_t size) {
        if (bit_test(b->written, offset / VMTEE_PAGE_SIZE))
                memcpy(to, b->pages + offset, size);
        else
                memset(to, 0, size);
}

static size_t copy(const struct block *b, uint64_t offset, uint8_t *to, size_t size) {
        const uint64_t left = offset < b->length ? b->length - offset : 0;
        const size_t n = size < left ? size : (size_t)left;

        for (size_t done = 0; done < n;) {
                const size_t in_page = VMTEE_PAGE_SIZE - (offset + done) % VMTEE_PAGE_SIZE;
                const size_t part = n - done < in_page ? n - done : in_page;

                copy_of_page(b, offset + done, to + done, part);
                done += part;
        }
        return n;
}

int64_t vmtee_capture_read(const vmtee_capture *c, const char *block, uint64_t offset, void *buf, size_t size) {
        if (c->state != CAPTURE_MEASURED)
                return vmtee_fail(-ESTALE, "only a measured capture's memory can be read");
        if (c->opened)
                return vmtee_fail(-EOPNOTSUPP, "the capture was opened from a snapshot, without the bytes of its pages");
        const struct block *b = memory_find(&c->memory, block, strlen(block));
        if (!b)
                return vmtee_fail(-ENOENT, "no RAM block of that name");
        return (int64_t)copy(b, offset, buf, size);
}
