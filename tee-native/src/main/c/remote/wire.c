/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/wire.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 256 };

void wire_out_free(struct wire_out *w) {
        free(w->bytes);
        *w = (struct wire_out){ 0 };
}

static bool reserve(struct wire_out *w, size_t more) {
        size_t capacity = w->capacity > 0 ? w->capacity : FIRST_CAPACITY;
        uint8_t *bytes;

        if (w->failed || more <= w->capacity - w->size)
                return !w->failed;
        while (capacity - w->size < more) {
                if (capacity > SIZE_MAX / 2) {
                        w->failed = true;
                        return false;
                }
                capacity *= 2;
        }
        bytes = realloc(w->bytes, capacity);
        if (!bytes) {
                w->failed = true;
                return false;
        }
        w->bytes = bytes;
        w->capacity = capacity;
        return true;
}

void put_raw(struct wire_out *w, const void *data, size_t size) {
        if (size == 0 || !reserve(w, size))
                return;
        memcpy(w->bytes + w->size, data, size);
        w->size += size;
}

void put_u8(struct wire_out *w, uint8_t value) {
        put_raw(w, &value, sizeof(value));
}

void put_u32(struct wire_out *w, uint32_t value) {
        const uint32_t bytes = htobe32(value);

        put_raw(w, &bytes, sizeof(bytes));
}

void put_u64(struct wire_out *w, uint64_t value) {
        const uint64_t bytes = htobe64(value);

        put_raw(w, &bytes, sizeof(bytes));
}

void put_blob(struct wire_out *w, const void *data, size_t size) {
        if (size > UINT32_MAX) {
                w->failed = true;
                return;
        }
        put_u32(w, (uint32_t)size);
        put_raw(w, data, size);
}

void put_run(struct wire_out *w, const struct vmtee_page_run *run) {
        put_blob(w, run->block, strnlen(run->block, VMTEE_BLOCK_NAME_MAX));
        put_u64(w, run->offset);
        put_u64(w, run->pages);
}

const uint8_t *get_raw(struct wire_in *w, size_t size) {
        static const uint8_t nothing;
        /* A message without a body has no bytes to point to. */
        const uint8_t *p = w->bytes ? w->bytes + w->offset : &nothing;

        if (w->failed || size > w->size - w->offset) {
                w->failed = true;
                return NULL;
        }
        w->offset += size;
        return p;
}

uint8_t get_u8(struct wire_in *w) {
        const uint8_t *p = get_raw(w, sizeof(*p));

        return p ? *p : 0;
}

bool get_bool(struct wire_in *w) {
        const uint8_t value = get_u8(w);

        if (value > 1)
                w->failed = true;
        return value == 1;
}

uint32_t get_u32(struct wire_in *w) {
        uint32_t value = 0;
        const uint8_t *p = get_raw(w, sizeof(value));

        if (p)
                memcpy(&value, p, sizeof(value));
        return be32toh(value);
}

uint64_t get_u64(struct wire_in *w) {
        uint64_t value = 0;
        const uint8_t *p = get_raw(w, sizeof(value));

        if (p)
                memcpy(&value, p, sizeof(value));
        return be64toh(value);
}

const uint8_t *get_blob(struct wire_in *w, size_t max, size_t *ret_size) {
        const uint32_t size = get_u32(w);

        if (size > max)
                w->failed = true;
        const uint8_t *p = get_raw(w, size);
        *ret_size = p ? size : 0;
        return p;
}

void get_text(struct wire_in *w, size_t max, char *ret) {
        size_t size;
        const uint8_t *p = get_blob(w, max, &size);

        if (p && memchr(p, 0, size))
                w->failed = true;
        if (w->failed || !p)
                size = 0;
        else
                memcpy(ret, p, size);
        ret[size] = '\0';
}

void get_run(struct wire_in *w, struct vmtee_page_run *ret) {
        struct vmtee_page_run run = { 0 };

        get_text(w, VMTEE_BLOCK_NAME_MAX, run.block);
        run.offset = get_u64(w);
        run.pages = get_u64(w);
        if (!w->failed)
                *ret = run;
}

bool wire_in_done(const struct wire_in *w) {
        return !w->failed && w->offset == w->size;
}
