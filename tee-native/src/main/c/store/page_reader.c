/* SPDX-License-Identifier: Apache-2.0 */
#include "store/page_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/detail.h"

enum { KEPT_FRAMES = 64 };

struct kept_frame {
        const struct pack *pack; /* NULL: none */
        uint32_t frame;
        uint8_t bytes[FRAME_SIZE];
};

struct page_reader {
        vmtee_store *store;
        struct hasher *hasher;
        struct frame_reader *frames;
        struct kept_frame kept[KEPT_FRAMES];
};

struct page_reader *page_reader_new(vmtee_store *s) {
        struct page_reader *r = calloc(1, sizeof(*r));

        if (!r)
                return NULL;
        r->store = s;
        r->hasher = hasher_new();
        r->frames = frame_reader_new();
        if (!r->hasher || !r->frames) {
                page_reader_free(r);
                return NULL;
        }
        return r;
}

void page_reader_free(struct page_reader *r) {
        if (!r)
                return;
        frame_reader_free(r->frames);
        hasher_free(r->hasher);
        free(r);
}

static int get_frame(struct page_reader *r, const struct pack *p, uint32_t frame, const uint8_t **ret) {
        struct kept_frame *k = &r->kept[(frame + p->id) % KEPT_FRAMES];

        if (k->pack != p || k->frame != frame) {
                k->pack = NULL;
                const int error = pack_read_frame(p, r->frames, frame, k->bytes);
                if (error < 0)
                        return error;
                k->pack = p;
                k->frame = frame;
        }
        *ret = k->bytes;
        return 0;
}

int page_reader_get(struct page_reader *r, struct location at, const struct node *leaf, const uint8_t **ret) {
        const struct pack *p;
        const uint8_t *frame = NULL;
        struct node found;
        at = store_replace(r->store, at);
        int error = store_pages(r->store, at, 1, &p);

        if (error == 0)
                error = get_frame(r, p, at.slot / FRAME_PAGES, &frame);
        if (error < 0)
                return error;
        const uint8_t *page = frame + (size_t)(at.slot % FRAME_PAGES) * VMTEE_PAGE_SIZE;
        error = hash_page(r->hasher, page, &found);
        if (error == 0 && memcmp(&found, leaf, sizeof(found)) != 0)
                error = vmtee_fail(-EBADMSG, "page %u of pack %08x is not what its hash says", at.slot, at.pack);
        if (error == 0)
                *ret = page;
        return error;
}
