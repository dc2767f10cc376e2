/* SPDX-License-Identifier: Apache-2.0 */
/* Reads all of a snapshot, as a restore would. Pages that several snapshots share are read once for an open store. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot/load.h"
#include "store/page_reader.h"
#include "util/detail.h"

static int remember_verified(struct stored_pack *p) {
        if (!p->verified)
                p->verified = calloc((p->pack.pages + 63) / 64, sizeof(*p->verified));
        return p->verified ? 0 : vmtee_fail(-ENOMEM, "no memory to verify the snapshot");
}

static int verify_page(vmtee_store *s, struct page_reader *reader, struct location at, const struct node *leaf) {
        struct stored_pack *p = store_find(s, at.pack);
        const uint8_t *page;
        int r = p && p->error == 0 && at.slot < p->pack.pages ?
                        remember_verified(p) :
                        vmtee_fail(-EBADMSG, "pack %08x has no page %u", at.pack, at.slot);

        if (r < 0 || bit_test(p->verified, at.slot))
                return r;
        r = page_reader_get(reader, at, leaf, &page);
        if (r == 0)
                bit_set(p->verified, at.slot);
        return r;
}

static int verify_block(vmtee_store *s, struct page_reader *reader, struct page_cursor *cursor, const struct block *b,
                        struct vmtee_page_run *bad) {
        for (size_t i = 0; i < block_pages(b); i++) {
                struct location at;

                (void)page_cursor_take(cursor, 1, &at);
                const int r = at.pack == 0 ? 0 : verify_page(s, reader, at, &b->leaves[i]);
                if (r == -EBADMSG) {
                        *bad = (struct vmtee_page_run){ .offset = (uint64_t)i * VMTEE_PAGE_SIZE, .pages = 1 };
                        strcpy(bad->block, b->name);
                }
                if (r < 0)
                        return r;
        }
        return 0;
}

int vmtee_snapshot_verify(vmtee_store *s, int dirfd, const uint8_t digest[VMTEE_DIGEST_SIZE],
                          struct vmtee_page_run *ret_bad) {
        struct page_map map = { 0 };
        struct page_cursor cursor = { .map = &map };
        struct page_reader *reader = page_reader_new(s);
        struct vmtee_page_run bad = { 0 };
        vmtee_capture *c = NULL;
        int r = reader ? snapshot_load(s, dirfd, digest, &c, &map) : vmtee_fail(-ENOMEM, "no memory to verify the snapshot");

        for (size_t i = 0; r == 0 && i < c->memory.n_blocks; i++)
                r = verify_block(s, reader, &cursor, &c->memory.blocks[i], &bad);
        page_reader_free(reader);
        page_map_free(&map);
        vmtee_capture_free(c);
        if (r == -EBADMSG && ret_bad)
                *ret_bad = bad;
        return r;
}
