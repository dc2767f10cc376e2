/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "capture/capture.h"
#include "snapshot/files.h"
#include "util/cleanup.h"
#include "util/detail.h"

/* Page by page would be slow, a run without end would be one uninterruptible call. */
enum { RUN_PAGES = 1024 };

static const char *const files[] = { FILE_RAM, FILE_LEAVES, FILE_SECTIONS, FILE_DESCRIPTION, FILE_MANIFEST };
enum { N_FILES = sizeof(files) / sizeof(*files) };

static size_t run_length(const struct block *b, size_t first, const struct node *zero) {
        size_t n = 0;

        while (n < RUN_PAGES && first + n < block_pages(b) &&
               memcmp(&b->leaves[first + n], zero, sizeof(*zero)) != 0)
                n++;
        return n;
}

static int write_block(int fd, const struct block *b, uint64_t base, const struct node *zero) {
        for (size_t page = 0; page < block_pages(b);) {
                const size_t n = run_length(b, page, zero);
                const uint64_t offset = (uint64_t)page * VMTEE_PAGE_SIZE;
                const int r = file_write_at(fd, FILE_RAM, b->pages + offset, n * VMTEE_PAGE_SIZE, base + offset);

                if (r < 0)
                        return r;
                page += n > 0 ? n : 1;
        }
        return 0;
}

static int write_ram(const struct memory *m, int fd) {
        struct hasher *h = hasher_new();
        uint64_t base = 0;
        int r = 0;

        if (!h)
                return vmtee_fail(-ENOMEM, "no memory to save the snapshot");
        if (ftruncate(fd, (off_t)m->total) < 0)
                r = vmtee_fail(-errno, "cannot size %s: %s", FILE_RAM, strerror(errno));
        for (size_t i = 0; r == 0 && i < m->n_blocks; i++) {
                r = write_block(fd, &m->blocks[i], base, &h->zero[0]);
                base += m->blocks[i].length;
        }
        hasher_free(h);
        return r;
}

static int save_ram(const vmtee_capture *c, int dirfd) {
        CLEANUP_CLOSE const int fd = file_create(dirfd, FILE_RAM);
        const int r = fd < 0 ? fd : write_ram(&c->memory, fd);

        return r < 0 ? r : file_sync(fd, FILE_RAM);
}

static int save_leaves(const vmtee_capture *c, int dirfd) {
        CLEANUP_CLOSE const int fd = file_create(dirfd, FILE_LEAVES);
        uint64_t offset = 0;
        int r = fd < 0 ? fd : 0;

        for (size_t i = 0; r == 0 && i < c->memory.n_blocks; i++) {
                const struct block *b = &c->memory.blocks[i];
                const size_t size = block_pages(b) * sizeof(*b->leaves);

                r = file_write_at(fd, FILE_LEAVES, b->leaves, size, offset);
                offset += size;
        }
        return r < 0 ? r : file_sync(fd, FILE_LEAVES);
}

static int save_bytes(int dirfd, const char *name, const void *data, size_t size) {
        CLEANUP_CLOSE const int fd = file_create(dirfd, name);
        int r = fd < 0 ? fd : file_write_at(fd, name, data, size, 0);

        return r < 0 ? r : file_sync(fd, name);
}

static int save_all(const vmtee_capture *c, int dirfd) {
        const struct tail *t = &c->tail;
        int r = save_ram(c, dirfd);

        if (r == 0)
                r = save_leaves(c, dirfd);
        if (r == 0)
                r = save_bytes(dirfd, FILE_SECTIONS, t->bytes, t->sections_size);
        if (r == 0)
                r = save_bytes(dirfd, FILE_DESCRIPTION, t->bytes + t->json, t->size - t->json);
        if (r == 0)
                r = save_bytes(dirfd, FILE_MANIFEST, c->measured.manifest, c->measured.manifest_size);
        return r < 0 ? r : file_sync(dirfd, "the snapshot's directory");
}

static int check_empty(int dirfd) {
        for (size_t i = 0; i < N_FILES; i++)
                if (faccessat(dirfd, files[i], F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                        return vmtee_fail(-EEXIST, "the directory has a snapshot's %s already", files[i]);
        return 0;
}

int vmtee_snapshot_save(const vmtee_capture *c, int dirfd) {
        int r;

        if (c->state != CAPTURE_MEASURED)
                return vmtee_fail(-ESTALE, "the capture has not been measured");
        if (!c->memory.blocks[0].pages)
                return vmtee_fail(-ESTALE, "the capture is a snapshot already");
        r = check_empty(dirfd);
        if (r < 0)
                return r;
        r = save_all(c, dirfd);
        for (size_t i = N_FILES; r < 0 && i > 0; i--)
                (void)unlinkat(dirfd, files[i - 1], 0);
        return r;
}
