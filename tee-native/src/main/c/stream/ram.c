/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/ram.h"

#include <string.h>

#include "stream/format.h"
#include "util/detail.h"
#include "util/reader.h"

static int read_name(struct source *s, const char **ret, size_t *ret_size) {
        int r = source_need(s, 1);

        if (r < 0)
                return r;
        const size_t size = *source_data(s);
        r = source_need(s, 1 + size);
        if (r < 0)
                return r;
        *ret = (const char *)source_data(s) + 1;
        *ret_size = size;
        source_take(s, 1 + size);
        return 0;
}

static int read_block_size(struct ram_reader *ram, struct source *s, uint64_t *left) {
        char name[VMTEE_BLOCK_NAME_MAX + 1] = "";
        const char *start;
        size_t size;
        int r = read_name(s, &start, &size);

        if (r < 0)
                return r;
        memcpy(name, start, size);
        r = source_need(s, sizeof(uint64_t));
        if (r < 0)
                return r;
        const uint64_t length = peek_u64(source_data(s));
        source_take(s, sizeof(uint64_t));
        if (length > *left)
                return vmtee_fail(-EPROTO, "the RAM blocks are larger than their sum");
        *left -= length;
        return memory_add(ram->memory, ram->limits, name, size, length);
}

/* The list of blocks; `total` is the sum of their sizes, with which the list ends. */
static int read_blocks(struct ram_reader *ram, struct source *s, uint64_t total) {
        int r = 0;

        if (ram->memory->n_blocks > 0)
                return vmtee_fail(-EPROTO, "the stream lists the RAM blocks twice");
        if (total > ram->limits->ram_bytes)
                return vmtee_fail(-E2BIG, "the guest has %llu bytes of RAM, more than %llu", (unsigned long long)total,
                                  (unsigned long long)ram->limits->ram_bytes);
        while (r == 0 && total > 0)
                r = read_block_size(ram, s, &total);
        for (size_t i = 0; r == 0 && i < ram->memory->n_blocks; i++)
                r = block_map(ram->memory, &ram->memory->blocks[i]);
        return r;
}

static int find_block(struct ram_reader *ram, struct source *s, uint64_t record) {
        const char *name;
        size_t size;

        if (!(record & RAM_CONTINUE)) {
                const int r = read_name(s, &name, &size);

                if (r < 0)
                        return r;
                ram->current = memory_find(ram->memory, name, size);
        }
        if (!ram->current)
                return vmtee_fail(-EPROTO, "a page of an unknown RAM block");
        if ((record & ~(uint64_t)RAM_FLAGS) >= ram->current->length)
                return vmtee_fail(-EPROTO, "a page beyond the end of RAM block %s", ram->current->name);
        if (ram->once && bit_test(ram->current->seen, (record & ~(uint64_t)RAM_FLAGS) / VMTEE_PAGE_SIZE))
                return vmtee_fail(-EPROTO, "a page of RAM block %s comes twice", ram->current->name);
        return 0;
}

static int read_page(struct ram_reader *ram, struct source *s, uint64_t record) {
        int r = find_block(ram, s, record);

        if (r < 0)
                return r;
        struct block *b = ram->current;
        const size_t page = (record & ~(uint64_t)RAM_FLAGS) / VMTEE_PAGE_SIZE;
        r = source_need(s, VMTEE_PAGE_SIZE);
        if (r < 0)
                return r;
        block_put(b, page, source_data(s));
        source_take(s, VMTEE_PAGE_SIZE);
        return 0;
}

static int read_zero(struct ram_reader *ram, struct source *s, uint64_t record) {
        int r = find_block(ram, s, record);

        if (r < 0)
                return r;
        struct block *b = ram->current;
        const size_t page = (record & ~(uint64_t)RAM_FLAGS) / VMTEE_PAGE_SIZE;
        r = source_need(s, 1);
        if (r < 0)
                return r;
        if (*source_data(s) != 0)
                return vmtee_fail(-EPROTO, "a page filled with another byte than zero");
        source_take(s, 1);
        block_put_zero(b, page);
        return 0;
}

static int read_record(struct ram_reader *ram, struct source *s, uint64_t record) {
        switch (record & RAM_FLAGS & ~RAM_CONTINUE) {
        case RAM_PAGE:
                return read_page(ram, s, record);
        case RAM_ZERO:
                return read_zero(ram, s, record);
        case RAM_MEM_SIZE:
                return read_blocks(ram, s, record & ~(uint64_t)RAM_FLAGS);
        default:
                return vmtee_fail(-EPROTO, "a RAM record with unknown flags 0x%x at byte %llu",
                                  (unsigned)(record & RAM_FLAGS), (unsigned long long)s->position);
        }
}

int ram_read(struct ram_reader *ram, struct source *s) {
        for (;;) {
                int r = source_need(s, sizeof(uint64_t));

                if (r < 0)
                        return r;
                const uint64_t record = peek_u64(source_data(s));
                source_take(s, sizeof(uint64_t));
                if (record == RAM_EOS)
                        return 0;
                r = read_record(ram, s, record);
                if (r < 0)
                        return r;
        }
}
