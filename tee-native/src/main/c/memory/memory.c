/* SPDX-License-Identifier: Apache-2.0 */
#include "memory/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "cbor/cbor.h"
#include "memory/rooms.h"
#include "util/detail.h"

enum { BITS = 64 };

static void unmap(void *p, size_t size) {
        if (p)
                munmap(p, size);
}

void block_unmap(struct block *b) {
        unmap(b->pages, b->length);
        unmap(b->leaves, block_pages(b) * sizeof(*b->leaves));
        free(b->hashed);
        free(b->pieces);
}

void memory_free(struct memory *m) {
        for (size_t i = 0; i < m->n_blocks; i++) {
                struct block *b = &m->blocks[i];

                if (m->named)
                        rooms_keep(m->vm, b);
                block_unmap(b);
                free(b->seen);
                free(b->written);
        }
        free(m->blocks);
        *m = (struct memory){ 0 };
}

static int check_block(const struct memory *m, const struct vmtee_limits *limits, const char *name, size_t name_size,
                       uint64_t length) {
        if (name_size == 0 || name_size > VMTEE_BLOCK_NAME_MAX || memchr(name, 0, name_size) ||
            !cbor_utf8_valid(name, name_size))
                return vmtee_fail(-EPROTO, "a RAM block has a bad name");
        if (memory_find(m, name, name_size))
                return vmtee_fail(-EPROTO, "RAM block %.*s appears twice", (int)name_size, name);
        if (length == 0 || length % VMTEE_PAGE_SIZE != 0)
                return vmtee_fail(-EPROTO, "RAM block %.*s has %llu bytes, no whole number of pages", (int)name_size,
                                  name, (unsigned long long)length);
        if (m->n_blocks >= limits->blocks)
                return vmtee_fail(-E2BIG, "more than %u RAM blocks", limits->blocks);
        if (length > limits->ram_bytes - m->total)
                return vmtee_fail(-E2BIG, "more than %llu bytes of RAM", (unsigned long long)limits->ram_bytes);
        return 0;
}

int memory_add(struct memory *m, const struct vmtee_limits *limits, const char *name, size_t name_size,
               uint64_t length) {
        const int r = check_block(m, limits, name, name_size, length);

        if (r < 0)
                return r;
        struct block *blocks = reallocarray(m->blocks, m->n_blocks + 1, sizeof(*blocks));
        if (!blocks)
                return vmtee_fail(-ENOMEM, "no memory for a RAM block");
        m->blocks = blocks;
        struct block *b = &blocks[m->n_blocks++];
        *b = (struct block){ .length = length };
        memcpy(b->name, name, name_size);
        m->total += length;
        return 0;
}

static void *map(size_t size) {
        void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        return p == MAP_FAILED ? NULL : p;
}

static size_t bitmap_words(const struct block *b) {
        return (block_pages(b) + BITS - 1) / BITS;
}

static bool map_new(struct block *b) {
        b->pages = map(b->length);
        b->hashed = calloc(bitmap_words(b), sizeof(uint64_t));
        if (!b->pages || !b->hashed)
                return false;
        /* The guest's memory does not belong into a core file of ours. */
        (void)madvise(b->pages, b->length, MADV_DONTDUMP);
        /* A guest is stopped while this is touched for the first time: 2 MiB at once take a fraction of 512 faults. */
        (void)madvise(b->pages, b->length, MADV_HUGEPAGE);
        return true;
}

int block_map(const struct memory *m, struct block *b) {
        b->seen = calloc(bitmap_words(b), sizeof(uint64_t));
        b->written = calloc(bitmap_words(b), sizeof(uint64_t));
        if (!b->seen || !b->written || !((m->named && rooms_take(m->vm, b)) || map_new(b)))
                return vmtee_fail(-ENOMEM, "no memory for RAM block %s of %llu bytes", b->name,
                                  (unsigned long long)b->length);
        return 0;
}

/* Once it was written to, it stays as it is. Its own byte, for one of the stream's would hide that it differs. */
static void keep_from_the_kernel(volatile uint8_t *page) {
        *page = *page;
}

/* Zeros, but for a first byte that was put back: what is left of a page that the kernel took, whatever was hashed there. */
static bool looks_taken(const uint8_t page[static VMTEE_PAGE_SIZE]) {
        return page[1] == 0 && memcmp(page + 1, page + 2, VMTEE_PAGE_SIZE - 2) == 0;
}

void block_put(struct block *b, size_t page, const uint8_t bytes[static VMTEE_PAGE_SIZE]) {
        uint8_t *at = b->pages + page * VMTEE_PAGE_SIZE;

        bit_set(b->seen, page);
        bit_set(b->written, page);
        if (bit_test(b->hashed, page)) {
                keep_from_the_kernel(at);
                if (memcmp(at, bytes, VMTEE_PAGE_SIZE) == 0 && !looks_taken(bytes))
                        return;
                bit_clear(b->hashed, page);
        }
        memcpy(at, bytes, VMTEE_PAGE_SIZE);
}

void block_put_zero(struct block *b, size_t page) {
        bit_set(b->seen, page);
        bit_clear(b->written, page);
}

int block_map_leaves(struct block *b) {
        if (!b->leaves)
                b->leaves = map(block_pages(b) * sizeof(*b->leaves));
        return b->leaves ? 0 : vmtee_fail(-ENOMEM, "no memory for the page hashes of RAM block %s", b->name);
}

struct block *memory_find(const struct memory *m, const char *name, size_t name_size) {
        for (size_t i = 0; i < m->n_blocks; i++)
                if (strlen(m->blocks[i].name) == name_size && memcmp(m->blocks[i].name, name, name_size) == 0)
                        return &m->blocks[i];
        return NULL;
}

int memory_check_complete(const struct memory *m) {
        for (size_t i = 0; i < m->n_blocks; i++)
                for (size_t page = 0; page < block_pages(&m->blocks[i]); page++)
                        if (!bit_test(m->blocks[i].seen, page))
                                return vmtee_fail(-EPROTO, "the stream left out the page at 0x%llx of RAM block %s",
                                                  (unsigned long long)page * VMTEE_PAGE_SIZE, m->blocks[i].name);
        return 0;
}
