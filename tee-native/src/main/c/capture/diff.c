/* SPDX-License-Identifier: Apache-2.0 */
/* Compares two captures by their page hashes alone. */
#include <errno.h>
#include <string.h>

#include "capture/capture.h"
#include "util/detail.h"

struct runs {
        struct vmtee_page_run *buf;
        size_t size;
        size_t n;
        uint64_t total;
};

/* Pages come in ascending order, so only the last run can go on. */
static bool extend_last(struct runs *out, const char *block, size_t page) {
        struct vmtee_page_run *last = out->n > 0 ? &out->buf[out->n - 1] : NULL;

        if (!last || strcmp(last->block, block) != 0 || last->offset / VMTEE_PAGE_SIZE + last->pages != page)
                return false;
        last->pages++;
        return true;
}

static void add_page(struct runs *out, const char *block, size_t page) {
        out->total++;
        if (extend_last(out, block, page) || out->n == out->size)
                return;
        struct vmtee_page_run *run = &out->buf[out->n++];
        *run = (struct vmtee_page_run){ .offset = (uint64_t)page * VMTEE_PAGE_SIZE, .pages = 1 };
        strcpy(run->block, block);
}

/* Pages that one of the two lacks differ. */
static void compare_blocks(struct runs *out, const struct block *a, const struct block *b) {
        const size_t a_pages = block_pages(a), b_pages = b ? block_pages(b) : 0;
        const size_t n = a_pages > b_pages ? a_pages : b_pages;

        for (size_t i = 0; i < n; i++)
                if (i >= a_pages || i >= b_pages || memcmp(&a->leaves[i], &b->leaves[i], sizeof(*a->leaves)) != 0)
                        add_page(out, a->name, i);
}

static struct block *same_block(const struct memory *m, const struct block *b) {
        return memory_find(m, b->name, strlen(b->name));
}

int64_t vmtee_capture_diff(const vmtee_capture *a, const vmtee_capture *b, struct vmtee_page_run *buf, size_t size,
                           uint64_t *ret_total) {
        struct runs out = { .buf = buf, .size = size };

        if (a->state != CAPTURE_MEASURED || b->state != CAPTURE_MEASURED)
                return vmtee_fail(-ESTALE, "only measured captures can be compared");
        for (size_t i = 0; i < a->memory.n_blocks; i++)
                compare_blocks(&out, &a->memory.blocks[i], same_block(&b->memory, &a->memory.blocks[i]));
        for (size_t i = 0; i < b->memory.n_blocks; i++)
                if (!same_block(&a->memory, &b->memory.blocks[i]))
                        compare_blocks(&out, &b->memory.blocks[i], NULL);
        *ret_total = out.total;
        return (int64_t)out.n;
}
