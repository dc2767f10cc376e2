/* SPDX-License-Identifier: Apache-2.0 */
/* A RAM block of a snapshot as a file. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "snapshot/load.h"
#include "store/page_reader.h"
#include "util/detail.h"

struct writing {
        const struct block *block;
        struct page_cursor cursor;
        struct page_reader *reader;
        struct node zero; /* the leaf of a page of zeros */
        int out;
        struct vmtee_page_run bad;
};

static int check_output(int fd) {
        struct stat st;

        if (fstat(fd, &st) < 0)
                return vmtee_fail(-errno, "the file to write RAM to: %s", strerror(errno));
        if (!S_ISREG(st.st_mode) || st.st_size != 0)
                return vmtee_fail(-EINVAL, "RAM is written to an empty regular file only");
        return 0;
}

/* The blocks before it stand before it in the map. */
static int find_block(const struct memory *m, const char *name, struct writing *w) {
        w->block = memory_find(m, name, strnlen(name, VMTEE_BLOCK_NAME_MAX + 1));
        if (!w->block)
                return vmtee_fail(-ENOENT, "the snapshot has no RAM block of that name");
        for (const struct block *b = m->blocks; b < w->block; b++)
                for (size_t left = block_pages(b); left > 0;) {
                        struct location at;

                        left -= page_cursor_take(&w->cursor, left, &at);
                }
        return 0;
}

static int put_page(const struct writing *w, size_t page, const uint8_t *bytes) {
        for (size_t done = 0; done < VMTEE_PAGE_SIZE;) {
                const off_t at = (off_t)(page * VMTEE_PAGE_SIZE + done);
                const ssize_t n = pwrite(w->out, bytes + done, VMTEE_PAGE_SIZE - done, at);

                if (n < 0 && errno != EINTR)
                        return vmtee_fail(-errno, "cannot write RAM: %s", strerror(errno));
                done += n < 0 ? 0 : (size_t)n;
        }
        return 0;
}

/* The leaves were checked against the attested root, so what has the leaf is the attested page. Zeros are a hole. */
static int copy_page(struct writing *w, size_t page) {
        const struct block *b = w->block;
        const struct node *leaf = &b->leaves[page];
        const uint8_t *bytes;
        struct location at;

        (void)page_cursor_take(&w->cursor, 1, &at);
        if (memcmp(leaf, &w->zero, sizeof(*leaf)) == 0)
                return 0;
        const int r = page_reader_get(w->reader, at, leaf, &bytes);
        if (r == -EBADMSG) {
                w->bad = (struct vmtee_page_run){ .offset = (uint64_t)page * VMTEE_PAGE_SIZE, .pages = 1 };
                strcpy(w->bad.block, b->name);
                return vmtee_fail(r, "the snapshot's page at 0x%llx of RAM block %s is not the attested one",
                                  (unsigned long long)w->bad.offset, b->name);
        }
        return r < 0 ? r : put_page(w, page, bytes);
}

static int copy_block(struct writing *w) {
        int r = 0;

        if (ftruncate(w->out, (off_t)w->block->length) < 0)
                return vmtee_fail(-errno, "cannot write RAM: %s", strerror(errno));
        for (size_t page = 0; r == 0 && page < block_pages(w->block); page++)
                r = copy_page(w, page);
        /* Part of a guest's memory must not pass for all of it. */
        if (r < 0 && ftruncate(w->out, 0) < 0)
                return vmtee_fail(r, "%s; and what was written could not be removed", strerror(-r));
        return r;
}

int vmtee_snapshot_ram(vmtee_store *s, int dirfd, const uint8_t digest[VMTEE_DIGEST_SIZE], const char *block, int out_fd,
                       struct vmtee_page_run *ret_bad) {
        struct page_map map = { 0 };
        struct writing w = { .out = out_fd, .cursor.map = &map, .zero = s->hasher->zero[0] };
        vmtee_capture *c = NULL;
        int r = check_output(out_fd);

        if (r == 0)
                r = snapshot_load(s, dirfd, digest, &c, &map);
        if (r == 0)
                r = find_block(&c->memory, block, &w);
        if (r == 0) {
                w.reader = page_reader_new(s);
                r = w.reader ? copy_block(&w) : vmtee_fail(-ENOMEM, "no memory to read the snapshot");
        }
        page_reader_free(w.reader);
        page_map_free(&map);
        vmtee_capture_free(c);
        if (r == -EBADMSG && ret_bad)
                *ret_bad = w.bad;
        return r;
}
