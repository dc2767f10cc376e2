/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "snapshot/files.h"
#include "snapshot/load.h"
#include "snapshot/stream_writer.h"
#include "util/cleanup.h"
#include "util/detail.h"

enum { CHUNK_PAGES = 256 };

struct restoring {
        const vmtee_capture *capture;
        struct hasher *hasher;
        struct sink *sink;
        int ram_fd;
        uint8_t *chunk; /* a copy of CHUNK_PAGES pages: what was checked is what is written */
        struct vmtee_page_run bad;
};

static int refuse_page(struct restoring *r, const struct block *b, size_t page) {
        r->bad = (struct vmtee_page_run){ .offset = (uint64_t)page * VMTEE_PAGE_SIZE, .pages = 1 };
        strcpy(r->bad.block, b->name);
        return vmtee_fail(-EBADMSG, "the snapshot's page at 0x%llx of RAM block %s is not the attested one",
                          (unsigned long long)r->bad.offset, b->name);
}

static bool is_zero_leaf(const struct restoring *r, const struct node *leaf) {
        return memcmp(leaf, &r->hasher->zero[0], sizeof(*leaf)) == 0;
}

static int restore_page(struct restoring *r, const struct block *b, size_t page, const uint8_t *bytes) {
        struct node leaf;
        const int error = hash_page(r->hasher, bytes, &leaf);

        if (error < 0)
                return error;
        if (memcmp(&leaf, &b->leaves[page], sizeof(leaf)) != 0)
                return refuse_page(r, b, page);
        return write_page(r->sink, b, page, bytes, is_zero_leaf(r, &leaf));
}

/* Whether the file has nothing there, so that it need not be read to be known as zeros. */
static bool is_hole(int fd, uint64_t offset, size_t size) {
        const off_t data = lseek(fd, (off_t)offset, SEEK_DATA);

        return data < 0 ? errno == ENXIO : (uint64_t)data >= offset + size;
}

static int read_chunk(struct restoring *r, uint64_t offset, size_t size) {
        if (is_hole(r->ram_fd, offset, size)) {
                memset(r->chunk, 0, size);
                return 0;
        }
        return file_read_at(r->ram_fd, FILE_RAM, r->chunk, size, offset);
}

static int restore_block(struct restoring *r, const struct block *b, uint64_t base) {
        int error = 0;

        for (size_t first = 0; error == 0 && first < block_pages(b); first += CHUNK_PAGES) {
                const size_t left = block_pages(b) - first;
                const size_t n = left < CHUNK_PAGES ? left : CHUNK_PAGES;

                error = read_chunk(r, base + (uint64_t)first * VMTEE_PAGE_SIZE, n * VMTEE_PAGE_SIZE);
                for (size_t i = 0; error == 0 && i < n; i++)
                        error = restore_page(r, b, first + i, r->chunk + i * VMTEE_PAGE_SIZE);
        }
        return error;
}

static int restore_stream(struct restoring *r, const char *domain_xml) {
        const vmtee_capture *c = r->capture;
        uint64_t base = 0;
        int error = write_save_header(r->sink, domain_xml);

        if (error == 0)
                error = write_stream_begin(r->sink, &c->head, &c->memory);
        for (size_t i = 0; error == 0 && i < c->memory.n_blocks; i++) {
                error = restore_block(r, &c->memory.blocks[i], base);
                base += c->memory.blocks[i].length;
        }
        if (error == 0)
                error = write_ram_end(r->sink, &c->head);
        /* Every page was checked by now; without these bytes the machine cannot be started. */
        if (error == 0)
                error = sink_put(r->sink, c->tail.bytes, c->tail.size);
        return error < 0 ? error : sink_flush(r->sink);
}

static int restore(struct restoring *r, int dirfd, const char *domain_xml) {
        CLEANUP_CLOSE const int fd = file_open(dirfd, FILE_RAM, r->capture->memory.total);
        CLEANUP_FREE uint8_t *chunk = malloc((size_t)CHUNK_PAGES * VMTEE_PAGE_SIZE);
        struct hasher *h = hasher_new();

        if (fd >= 0 && chunk && h) {
                r->ram_fd = fd;
                r->chunk = chunk;
                r->hasher = h;
        }
        const int error = fd < 0 ? fd :
                          chunk && h ? restore_stream(r, domain_xml) :
                                       vmtee_fail(-ENOMEM, "no memory to restore the snapshot");
        hasher_free(h);
        return error;
}

int vmtee_snapshot_restore(int dirfd, const uint8_t digest[VMTEE_DIGEST_SIZE], const char *domain_xml, int out_fd,
                           uint32_t deadline_millis, struct vmtee_page_run *ret_bad) {
        struct sink sink;
        struct restoring r = { .sink = &sink };
        vmtee_capture *c = NULL;
        int error = snapshot_load(dirfd, digest, &c);

        if (error == 0)
                error = sink_open(&sink, out_fd, deadline_millis);
        if (error == 0) {
                r.capture = c;
                error = restore(&r, dirfd, domain_xml);
                sink_close(&sink);
        }
        vmtee_capture_free(c);
        if (error == -EBADMSG && ret_bad)
                *ret_bad = r.bad;
        return error;
}
