/* SPDX-License-Identifier: Apache-2.0 */
#include "store/pack.h"

#include <errno.h>
#include <stdbool.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "util/detail.h"
#include "util/files.h"
#include "util/reader.h"

/* A sealed frame that zstd could not make smaller. */
enum { STORED_MAX = FRAME_SIZE + CRYPT_TAG_SIZE };

struct footer {
        uint64_t index_offset;
        uint64_t index_size;
        uint32_t pages;
        uint8_t counts[PACK_FOOTER_COUNTS_SIZE];
        uint8_t digest[VMTEE_DIGEST_SIZE];
};

void pack_name(uint32_t id, char ret[static PACK_NAME_SIZE]) {
        (void)snprintf(ret, PACK_NAME_SIZE, "%08x.pack", id);
}

static int damaged(const struct pack *p, const char *what) {
        return vmtee_fail(-EBADMSG, "pack %08x of the store: %s", p->id, what);
}

static int read_at(const struct pack *p, void *buf, size_t size, uint64_t offset) {
        char name[PACK_NAME_SIZE];

        pack_name(p->id, name);
        return file_read_at(p->fd, name, buf, size, offset);
}

static int read_header(struct pack *p, uint8_t header[PACK_HEADER_SIZE], bool *ret_encrypted) {
        const int r = read_at(p, header, PACK_HEADER_SIZE, 0);
        const uint32_t flags = peek_u32(header + PACK_MAGIC_SIZE);

        if (r < 0)
                return r;
        if (memcmp(header, PACK_MAGIC, PACK_MAGIC_SIZE) != 0 || (flags & ~(uint32_t)PACK_FLAG_ENCRYPTED) != 0)
                return damaged(p, "no pack that this version reads");
        memcpy(p->salt, header + PACK_HEADER_SIZE - PACK_SALT_SIZE, PACK_SALT_SIZE);
        *ret_encrypted = flags & PACK_FLAG_ENCRYPTED;
        return 0;
}

static uint64_t plain_index_size(uint32_t pages) {
        return (uint64_t)pack_frames(pages) * PACK_FRAME_ENTRY_SIZE + (uint64_t)pages * VMTEE_DIGEST_SIZE;
}

static int read_footer(const struct pack *p, bool encrypted, struct footer *f) {
        uint8_t raw[PACK_FOOTER_SIZE];
        const int r = read_at(p, raw, sizeof(raw), p->size - PACK_FOOTER_SIZE);

        if (r < 0)
                return r;
        f->index_offset = peek_u64(raw);
        f->index_size = peek_u64(raw + 8);
        f->pages = peek_u32(raw + 16);
        memcpy(f->counts, raw, sizeof(f->counts));
        memcpy(f->digest, raw + PACK_FOOTER_COUNTS_SIZE, sizeof(f->digest));
        if (memcmp(raw + sizeof(raw) - PACK_MAGIC_SIZE, PACK_END_MAGIC, PACK_MAGIC_SIZE) != 0 || f->pages == 0 ||
            f->pages > PACK_PAGES_MAX ||
            f->index_size != plain_index_size(f->pages) + (encrypted ? CRYPT_TAG_SIZE : 0) ||
            f->index_size > p->size - PACK_FOOTER_SIZE - PACK_HEADER_SIZE ||
            f->index_offset != p->size - PACK_FOOTER_SIZE - f->index_size)
                return damaged(p, "its end is not that of a pack");
        return 0;
}

static int check_index(const struct pack *p, struct hasher *h, const uint8_t *header, const struct footer *f) {
        const struct hash_part parts[] = { { header, PACK_HEADER_SIZE },
                                           { p->index, f->index_size },
                                           { f->counts, sizeof(f->counts) } };
        struct node found;
        const int r = hash_parts(h, parts, sizeof(parts) / sizeof(*parts), &found);

        if (r < 0)
                return r;
        return memcmp(found.hash, f->digest, sizeof(f->digest)) == 0 ? 0 : damaged(p, "its index is damaged");
}

static int decrypt_index(struct pack *p, const uint8_t *data_key) {
        uint8_t *plain;

        if (!data_key)
                return vmtee_fail(-ENOKEY, "pack %08x of the store is encrypted, and there is no key", p->id);
        p->crypt = crypt_new(data_key, p->salt, sizeof(p->salt));
        plain = malloc(p->index_size);
        if (!p->crypt || !plain) {
                free(plain);
                return vmtee_fail(-ENOMEM, "no memory to decrypt a pack");
        }
        const int r = crypt_open(p->crypt, CRYPT_NUMBER_INDEX, p->index, p->index_size, plain);
        free(p->index);
        p->index = plain;
        return r;
}

static int parse_frames(struct pack *p, const struct footer *f) {
        const uint32_t n = pack_frames(p->pages);

        p->frames = calloc(n, sizeof(*p->frames));
        if (!p->frames)
                return vmtee_fail(-ENOMEM, "no memory for the index of a pack");
        for (uint32_t i = 0; i < n; i++) {
                const uint8_t *entry = p->index + (size_t)i * PACK_FRAME_ENTRY_SIZE;
                const struct pack_frame frame = { peek_u64(entry), peek_u32(entry + 8) };

                if (frame.size == 0 || frame.size > STORED_MAX || frame.offset < PACK_HEADER_SIZE ||
                    frame.offset > f->index_offset || frame.size > f->index_offset - frame.offset)
                        return damaged(p, "a frame lies outside");
                p->frames[i] = frame;
        }
        p->leaves = (const struct node *)(p->index + (size_t)n * PACK_FRAME_ENTRY_SIZE);
        return 0;
}

static int open_checked(struct pack *p, const uint8_t *data_key, struct hasher *h) {
        uint8_t header[PACK_HEADER_SIZE];
        struct footer f;
        bool encrypted = false;
        int r = read_header(p, header, &encrypted);

        if (r == 0)
                r = read_footer(p, encrypted, &f);
        if (r < 0)
                return r;
        p->pages = f.pages;
        p->index_size = f.index_size;
        p->index = malloc(f.index_size);
        if (!p->index)
                return vmtee_fail(-ENOMEM, "no memory for the index of a pack");
        r = read_at(p, p->index, f.index_size, f.index_offset);
        if (r == 0)
                r = check_index(p, h, header, &f);
        if (r == 0 && encrypted)
                r = decrypt_index(p, data_key);
        return r < 0 ? r : parse_frames(p, &f);
}

int pack_open(int dirfd, uint32_t id, const uint8_t *data_key, struct hasher *h, struct pack *ret) {
        char name[PACK_NAME_SIZE];
        struct pack p = { .id = id };
        struct stat st;

        pack_name(id, name);
        p.fd = file_open(dirfd, name, &st);
        if (p.fd < 0)
                return p.fd;
        p.size = (uint64_t)st.st_size;
        const int r = p.size < PACK_HEADER_SIZE + PACK_FOOTER_SIZE ? damaged(&p, "it was cut short") :
                                                                     open_checked(&p, data_key, h);
        if (r < 0) {
                pack_close(&p);
                return r;
        }
        *ret = p;
        return 0;
}

void pack_close(struct pack *p) {
        crypt_free(p->crypt);
        free(p->frames);
        free(p->index);
        if (p->fd >= 0)
                close(p->fd);
        *p = (struct pack){ .fd = -1 };
}

struct frame_reader {
        ZSTD_DCtx *zstd;
        uint8_t stored[STORED_MAX];
        uint8_t opened[STORED_MAX];
};

struct frame_reader *frame_reader_new(void) {
        struct frame_reader *r = malloc(sizeof(*r));

        if (!r)
                return NULL;
        r->zstd = ZSTD_createDCtx();
        if (!r->zstd) {
                free(r);
                return NULL;
        }
        return r;
}

void frame_reader_free(struct frame_reader *r) {
        if (!r)
                return;
        ZSTD_freeDCtx(r->zstd);
        free(r);
}

int pack_read_frame(const struct pack *p, struct frame_reader *r, uint32_t frame, uint8_t ret[static FRAME_SIZE]) {
        const struct pack_frame *f = &p->frames[frame];
        const size_t expected = frame_size(p->pages, frame);
        const uint8_t *bytes = r->stored;
        size_t size = f->size;
        int error = read_at(p, r->stored, f->size, f->offset);

        if (error == 0 && p->crypt) {
                error = crypt_open(p->crypt, frame, r->stored, f->size, r->opened);
                bytes = r->opened;
                size -= CRYPT_TAG_SIZE;
        }
        if (error < 0)
                return error;
        if (size == expected)
                memcpy(ret, bytes, size);
        else if (ZSTD_decompressDCtx(r->zstd, ret, expected, bytes, size) != expected)
                return damaged(p, "a frame is damaged");
        return 0;
}
