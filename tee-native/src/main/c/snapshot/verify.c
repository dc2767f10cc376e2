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

struct verifying {
        vmtee_store *store;
        struct page_reader *reader;
        struct page_cursor cursor;
        struct vmtee_page_run bad; /* the first */
        uint64_t n_bad;
};

static int verify_page(struct verifying *v, struct location at, const struct node *leaf) {
        struct stored_pack *p;
        const uint8_t *page;

        at = store_replace(v->store, at);
        p = store_find(v->store, at.pack);
        /* The leaves came from there, so the pack is there and has the page. */
        int r = remember_verified(p);
        if (r < 0 || bit_test(p->verified, at.slot))
                return r;
        r = page_reader_get(v->reader, at, leaf, &page);
        if (r == 0)
                bit_set(p->verified, at.slot);
        if (r == -EBADMSG && bad_pages_add(&p->bad, &p->pack, at.slot) < 0)
                return -ENOMEM;
        return r;
}

static int verify_block(struct verifying *v, const struct block *b) {
        for (size_t i = 0; i < block_pages(b); i++) {
                struct location at;

                (void)page_cursor_take(&v->cursor, 1, &at);
                const int r = at.pack == 0 ? 0 : verify_page(v, at, &b->leaves[i]);
                if (r == -EBADMSG && v->n_bad++ == 0) {
                        v->bad = (struct vmtee_page_run){ .offset = (uint64_t)i * VMTEE_PAGE_SIZE, .pages = 1 };
                        strcpy(v->bad.block, b->name);
                }
                if (r < 0 && r != -EBADMSG)
                        return r;
        }
        return 0;
}

/* What could not be remembered will be found again. */
static void remember_bad(const vmtee_store *s) {
        for (size_t i = 0; i < s->n_packs; i++)
                if (s->packs[i].bad.n > 0)
                        (void)bad_pages_write(s->dirfd, &s->packs[i].pack, &s->packs[i].bad);
}

static int conclude(const struct verifying *v) {
        if (v->n_bad == 0)
                return 0;
        remember_bad(v->store);
        return vmtee_fail(-EBADMSG, "%llu pages of the snapshot are not the attested ones, the first at 0x%llx of RAM block %s",
                          (unsigned long long)v->n_bad, (unsigned long long)v->bad.offset, v->bad.block);
}

int vmtee_snapshot_verify(vmtee_store *s, int dirfd, const uint8_t digest[VMTEE_DIGEST_SIZE],
                          struct vmtee_page_run *ret_bad) {
        struct page_map map = { 0 };
        struct verifying v = { .store = s, .reader = page_reader_new(s), .cursor.map = &map };
        vmtee_capture *c = NULL;
        int r = v.reader ? snapshot_load(s, dirfd, digest, &c, &map) :
                           vmtee_fail(-ENOMEM, "no memory to verify the snapshot");

        for (size_t i = 0; r == 0 && i < c->memory.n_blocks; i++)
                r = verify_block(&v, &c->memory.blocks[i]);
        if (r == 0)
                r = conclude(&v);
        page_reader_free(v.reader);
        page_map_free(&map);
        vmtee_capture_free(c);
        if (r == -EBADMSG && ret_bad)
                *ret_bad = v.bad;
        return r;
}
