/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "snapshot/load.h"
#include "snapshot/stream_writer.h"
#include "store/page_reader.h"
#include "util/detail.h"

struct restoring {
        const vmtee_capture *capture;
        struct page_cursor cursor;
        struct page_reader *reader;
        struct node zero; /* the leaf of a page of zeros */
        struct sink *sink;
        struct vmtee_page_run bad;
};

static int refuse_page(struct restoring *r, const struct block *b, size_t page) {
        r->bad = (struct vmtee_page_run){ .offset = (uint64_t)page * VMTEE_PAGE_SIZE, .pages = 1 };
        strcpy(r->bad.block, b->name);
        return vmtee_fail(-EBADMSG, "the snapshot's page at 0x%llx of RAM block %s is not the attested one",
                          (unsigned long long)r->bad.offset, b->name);
}

/* The leaves were checked against the attested root, so what has the leaf is the attested page. */
static int restore_page(struct restoring *r, const struct block *b, size_t page) {
        const struct node *leaf = &b->leaves[page];
        const bool zero = memcmp(leaf, &r->zero, sizeof(*leaf)) == 0;
        const uint8_t *bytes = NULL;
        struct location at;
        int error = 0;

        (void)page_cursor_take(&r->cursor, 1, &at);
        if (!zero)
                error = page_reader_get(r->reader, at, leaf, &bytes);
        if (error == -EBADMSG)
                return refuse_page(r, b, page);
        return error < 0 ? error : write_page(r->sink, b, page, bytes, zero);
}

static int restore_block(struct restoring *r, const struct block *b) {
        int error = 0;

        for (size_t page = 0; error == 0 && page < block_pages(b); page++)
                error = restore_page(r, b, page);
        return error;
}

static int restore_stream(struct restoring *r, const char *domain_xml) {
        const vmtee_capture *c = r->capture;
        int error = write_save_header(r->sink, domain_xml);

        if (error == 0)
                error = write_stream_begin(r->sink, &c->head, &c->memory);
        for (size_t i = 0; error == 0 && i < c->memory.n_blocks; i++)
                error = restore_block(r, &c->memory.blocks[i]);
        if (error == 0)
                error = write_ram_end(r->sink, &c->head);
        /* Every page was checked by now; without these bytes the machine cannot be started. */
        if (error == 0)
                error = sink_put(r->sink, c->tail.bytes, c->tail.size);
        return error < 0 ? error : sink_flush(r->sink);
}

int vmtee_snapshot_restore(vmtee_store *s, int dirfd, const uint8_t digest[VMTEE_DIGEST_SIZE], const char *domain_xml,
                           int out_fd, uint32_t deadline_millis, struct vmtee_page_run *ret_bad) {
        struct page_map map = { 0 };
        struct sink sink;
        struct restoring r = { .sink = &sink, .cursor.map = &map, .zero = s->hasher->zero[0] };
        vmtee_capture *c = NULL;
        int error = snapshot_load(s, dirfd, digest, &c, &map);

        r.reader = page_reader_new(s);
        if (error == 0 && !r.reader)
                error = vmtee_fail(-ENOMEM, "no memory to restore the snapshot");
        if (error == 0)
                error = sink_open(&sink, out_fd, deadline_millis);
        if (error == 0) {
                r.capture = c;
                error = restore_stream(&r, domain_xml);
                sink_close(&sink);
        }
        page_reader_free(r.reader);
        page_map_free(&map);
        vmtee_capture_free(c);
        if (error == -EBADMSG && ret_bad)
                *ret_bad = r.bad;
        return error;
}
