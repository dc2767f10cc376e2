/* SPDX-License-Identifier: Apache-2.0 */
#include "store/pack_writer.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <zstd.h>

#include "util/cleanup.h"
#include "util/detail.h"
#include "util/files.h"
#include "util/parallel.h"

/* Memory is written faster than stronger compression would make it. */
enum { LEVEL = 1 };

/* What compression must save at least to be worth the work of undoing it. */
enum { WORTH_DIVISOR = 16 };

struct writing {
        const struct vmtee_store *store;
        const struct new_page *pages;
        uint32_t n;
        int fd;
        char name[PACK_NAME_SIZE]; /* until it is whole */
        uint8_t header[PACK_HEADER_SIZE];
        struct pack_frame *frames;
        atomic_uint_fast64_t end;
};

struct packer {
        ZSTD_CCtx *zstd;
        struct crypt *crypt;
        uint8_t plain[FRAME_SIZE];
        uint8_t compressed[FRAME_SIZE];
        uint8_t sealed[FRAME_SIZE + CRYPT_TAG_SIZE];
};

static void packer_end(void *own) {
        struct packer *p = own;

        ZSTD_freeCCtx(p->zstd);
        crypt_free(p->crypt);
        free(p);
}

static void *packer_begin(void) {
        struct packer *p = malloc(sizeof(*p));

        if (!p)
                return NULL;
        p->crypt = NULL;
        p->zstd = ZSTD_createCCtx();
        if (!p->zstd) {
                free(p);
                return NULL;
        }
        return p;
}

static const uint8_t *salt_of(const struct writing *w) {
        return w->header + PACK_HEADER_SIZE - PACK_SALT_SIZE;
}

static int seal(struct packer *p, const struct writing *w, uint64_t number, const uint8_t *plain, size_t size,
                uint8_t *ret) {
        if (!p->crypt)
                p->crypt = crypt_new(w->store->data_key, salt_of(w), PACK_SALT_SIZE);
        return p->crypt ? crypt_seal(p->crypt, number, plain, size, ret) :
                          vmtee_fail(-ENOMEM, "no memory to encrypt a pack");
}

/* The frame's pages as one piece: where they lie, if they lie one behind another. */
static const uint8_t *gather(struct packer *p, const struct new_page *pages, size_t n) {
        size_t i = 1;

        while (i < n && pages[i].bytes == pages[0].bytes + i * VMTEE_PAGE_SIZE)
                i++;
        if (i == n)
                return pages[0].bytes;
        for (i = 0; i < n; i++)
                memcpy(p->plain + i * VMTEE_PAGE_SIZE, pages[i].bytes, VMTEE_PAGE_SIZE);
        return p->plain;
}

static int write_out(struct writing *w, const uint8_t *bytes, size_t size, uint64_t *ret_offset) {
        const uint64_t offset = atomic_fetch_add(&w->end, size);
        const int r = file_write_at(w->fd, w->name, bytes, size, offset);

        /* So that the disk works while we do; what fails, fsync will tell. */
        (void)sync_file_range(w->fd, (off_t)offset, (off_t)size, SYNC_FILE_RANGE_WRITE);
        *ret_offset = offset;
        return r;
}

static int pack_frame_job(void *own, void *shared, size_t number) {
        struct packer *p = own;
        struct writing *w = shared;
        size_t size = frame_size(w->n, (uint32_t)number);
        const uint8_t *bytes = gather(p, w->pages + number * FRAME_PAGES, size / VMTEE_PAGE_SIZE);
        const size_t smaller = ZSTD_compressCCtx(p->zstd, p->compressed, size - size / WORTH_DIVISOR, bytes, size, LEVEL);
        uint64_t offset;
        int r = 0;

        if (!ZSTD_isError(smaller)) {
                bytes = p->compressed;
                size = smaller;
        }
        if (w->store->encrypted) {
                r = seal(p, w, number, bytes, size, p->sealed);
                bytes = p->sealed;
                size += CRYPT_TAG_SIZE;
        }
        if (r == 0)
                r = write_out(w, bytes, size, &offset);
        if (r == 0)
                w->frames[number] = (struct pack_frame){ .offset = offset, .size = (uint32_t)size };
        return r;
}

static int write_header(struct writing *w) {
        const uint32_t flags = htobe32(w->store->encrypted ? PACK_FLAG_ENCRYPTED : 0);

        memcpy(w->header, PACK_MAGIC, PACK_MAGIC_SIZE);
        memcpy(w->header + PACK_MAGIC_SIZE, &flags, sizeof(flags));
        if (getrandom(w->header + PACK_HEADER_SIZE - PACK_SALT_SIZE, PACK_SALT_SIZE, 0) != PACK_SALT_SIZE)
                return vmtee_fail(-EIO, "the system has no random numbers");
        atomic_init(&w->end, PACK_HEADER_SIZE);
        return file_write_at(w->fd, w->name, w->header, sizeof(w->header), 0);
}

static size_t encode_index(const struct writing *w, uint8_t *buf) {
        uint8_t *p = buf;

        for (uint32_t i = 0; i < pack_frames(w->n); i++) {
                const uint64_t offset = htobe64(w->frames[i].offset);
                const uint32_t size = htobe32(w->frames[i].size);

                memcpy(p, &offset, sizeof(offset));
                memcpy(p + sizeof(offset), &size, sizeof(size));
                p += PACK_FRAME_ENTRY_SIZE;
        }
        for (uint32_t i = 0; i < w->n; i++, p += VMTEE_DIGEST_SIZE)
                memcpy(p, w->pages[i].leaf->hash, VMTEE_DIGEST_SIZE);
        return (size_t)(p - buf);
}

static int write_footer(struct writing *w, const uint8_t *index, size_t size, uint64_t offset) {
        const uint64_t where[] = { htobe64(offset), htobe64(size) };
        const uint32_t counts[] = { htobe32(w->n), 0 };
        uint8_t footer[PACK_FOOTER_SIZE];
        const struct hash_part parts[] = { { w->header, sizeof(w->header) },
                                           { index, size },
                                           { footer, PACK_FOOTER_COUNTS_SIZE } };
        struct node digest;

        memcpy(footer, where, sizeof(where));
        memcpy(footer + sizeof(where), counts, sizeof(counts));
        const int r = hash_parts(w->store->hasher, parts, sizeof(parts) / sizeof(*parts), &digest);
        if (r < 0)
                return r;
        memcpy(footer + PACK_FOOTER_COUNTS_SIZE, digest.hash, sizeof(digest.hash));
        memcpy(footer + sizeof(footer) - PACK_MAGIC_SIZE, PACK_END_MAGIC, PACK_MAGIC_SIZE);
        return file_write_at(w->fd, w->name, footer, sizeof(footer), offset + size);
}

static int write_index(struct writing *w, struct packer *p) {
        const size_t plain_size = (size_t)pack_frames(w->n) * PACK_FRAME_ENTRY_SIZE + (size_t)w->n * VMTEE_DIGEST_SIZE;
        CLEANUP_FREE uint8_t *plain = malloc(plain_size);
        CLEANUP_FREE uint8_t *sealed = w->store->encrypted ? malloc(plain_size + CRYPT_TAG_SIZE) : NULL;
        const uint64_t offset = atomic_load(&w->end);
        size_t size;
        int r = 0;

        if (!plain || (w->store->encrypted && !sealed))
                return vmtee_fail(-ENOMEM, "no memory for the index of a pack");
        size = encode_index(w, plain);
        if (sealed) {
                r = seal(p, w, CRYPT_NUMBER_INDEX, plain, size, sealed);
                size += CRYPT_TAG_SIZE;
        }
        if (r == 0)
                r = file_write_at(w->fd, w->name, sealed ? sealed : plain, size, offset);
        return r < 0 ? r : write_footer(w, sealed ? sealed : plain, size, offset);
}

static int write_all(struct writing *w, uint32_t threads) {
        const struct parallel_work work = {
                .begin = packer_begin, .job = pack_frame_job, .end = packer_end, .shared = w
        };
        struct packer *p = packer_begin();
        int r = p ? write_header(w) : vmtee_fail(-ENOMEM, "no memory to write a pack");

        if (r == 0)
                r = parallel_run(&work, pack_frames(w->n), threads);
        if (r == 0)
                r = write_index(w, p);
        if (p)
                packer_end(p);
        return r < 0 ? r : file_sync(w->fd, w->name);
}

/* There is no pack under that name: it is a new number's. */
static int give_name(const struct writing *w, uint32_t id) {
        char name[PACK_NAME_SIZE];

        pack_name(id, name);
        if (renameat(w->store->dirfd, w->name, w->store->dirfd, name) < 0)
                return vmtee_fail(-errno, "cannot name %s: %s", name, strerror(errno));
        return file_sync(w->store->dirfd, "the store");
}

int pack_write(const struct vmtee_store *s, uint32_t id, const struct new_page *pages, uint32_t n, uint32_t threads,
               uint64_t *ret_bytes) {
        CLEANUP_FREE struct pack_frame *frames = calloc(pack_frames(n), sizeof(*frames));
        struct writing w = { .store = s, .pages = pages, .n = n, .frames = frames };
        struct stat st;

        if (!frames)
                return vmtee_fail(-ENOMEM, "no memory to write a pack");
        (void)snprintf(w.name, sizeof(w.name), "%08x.pack.new", id);
        /* What a writer left that died. */
        (void)unlinkat(s->dirfd, w.name, 0);
        CLEANUP_CLOSE const int fd = file_create(s->dirfd, w.name);
        if (fd < 0)
                return fd;
        w.fd = fd;
        int r = write_all(&w, threads);
        if (r == 0)
                r = give_name(&w, id);
        if (r < 0) {
                (void)unlinkat(s->dirfd, w.name, 0);
                return r;
        }
        *ret_bytes = fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0;
        return 0;
}
