/* SPDX-License-Identifier: Apache-2.0 */
#include "store/bad_pages.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memory/memory.h"
#include "util/cleanup.h"
#include "util/detail.h"
#include "util/files.h"
#include "util/reader.h"

#define BAD_MAGIC "vmtbad-1"

enum { MAGIC_SIZE = 8, WORD_BITS = 64 };

static void name_of(uint32_t pack, const char *suffix, char ret[static PACK_NAME_SIZE]) {
        (void)snprintf(ret, PACK_NAME_SIZE, "%08x.bad%s", pack, suffix);
}

void bad_pages_free(struct bad_pages *b) {
        free(b->slots);
        *b = (struct bad_pages){ 0 };
}

bool bad_pages_have(const struct bad_pages *b, uint32_t slot) {
        return b->slots && bit_test(b->slots, slot);
}

int bad_pages_add(struct bad_pages *b, const struct pack *p, uint32_t slot) {
        if (!b->slots)
                b->slots = calloc(p->pages / WORD_BITS + 1, sizeof(*b->slots));
        if (!b->slots)
                return vmtee_fail(-ENOMEM, "no memory to remember a bad page");
        if (!bit_test(b->slots, slot)) {
                bit_set(b->slots, slot);
                b->n++;
        }
        return 0;
}

static int parse(const struct pack *p, const uint8_t *buf, size_t size, struct bad_pages *b) {
        int r = 0;

        if (size < MAGIC_SIZE || memcmp(buf, BAD_MAGIC, MAGIC_SIZE) != 0)
                return 0;
        for (size_t at = MAGIC_SIZE; r == 0 && size - at >= sizeof(uint32_t); at += sizeof(uint32_t)) {
                const uint32_t slot = peek_u32(buf + at);

                if (slot < p->pages)
                        r = bad_pages_add(b, p, slot);
        }
        return r;
}

int bad_pages_read(int dirfd, const struct pack *p, struct bad_pages *ret) {
        CLEANUP_FREE uint8_t *buf = NULL;
        char name[PACK_NAME_SIZE];
        size_t size;

        *ret = (struct bad_pages){ 0 };
        name_of(p->id, "", name);
        if (faccessat(dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
                return 0;
        const int r = file_read_whole(dirfd, name, MAGIC_SIZE + (size_t)p->pages * sizeof(uint32_t), &buf, &size);
        return r < 0 ? r : parse(p, buf, size, ret);
}

static size_t encode(const struct pack *p, const struct bad_pages *b, uint8_t *buf) {
        size_t size = MAGIC_SIZE;

        memcpy(buf, BAD_MAGIC, MAGIC_SIZE);
        for (uint32_t slot = 0; slot < p->pages; slot++)
                if (bad_pages_have(b, slot)) {
                        const uint32_t be = htobe32(slot);

                        memcpy(buf + size, &be, sizeof(be));
                        size += sizeof(be);
                }
        return size;
}

int bad_pages_write(int dirfd, const struct pack *p, const struct bad_pages *b) {
        CLEANUP_FREE uint8_t *buf = malloc(MAGIC_SIZE + b->n * sizeof(uint32_t));
        char name[PACK_NAME_SIZE], unfinished[PACK_NAME_SIZE];

        if (!buf)
                return vmtee_fail(-ENOMEM, "no memory to remember bad pages");
        name_of(p->id, "", name);
        name_of(p->id, ".new", unfinished);
        (void)unlinkat(dirfd, unfinished, 0);
        const int r = file_write_new(dirfd, unfinished, buf, encode(p, b, buf));
        if (r < 0)
                return r;
        if (renameat(dirfd, unfinished, dirfd, name) < 0)
                return vmtee_fail(-errno, "cannot name %s: %s", name, strerror(errno));
        return file_sync(dirfd, "the store");
}

void bad_pages_remove(int dirfd, uint32_t pack) {
        char name[PACK_NAME_SIZE];

        name_of(pack, "", name);
        (void)unlinkat(dirfd, name, 0);
}
