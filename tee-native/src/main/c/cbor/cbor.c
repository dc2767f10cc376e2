/* SPDX-License-Identifier: Apache-2.0 */
#include "cbor.h"

#include <errno.h>
#include <string.h>

/* Major types, RFC 8949, 3.1. */
enum {
        MAJOR_UINT = 0,
        MAJOR_NINT = 1,
        MAJOR_BYTES = 2,
        MAJOR_TEXT = 3,
        MAJOR_ARRAY = 4,
        MAJOR_MAP = 5,
        MAJOR_TAG = 6,
        MAJOR_SIMPLE = 7,
};

enum {
        SIMPLE_FALSE = 20,
        SIMPLE_TRUE = 21,
};

void cbor_raw(struct cbor_writer *w, const void *data, size_t size) {
        if (size > SIZE_MAX - w->offset) {
                w->offset = SIZE_MAX;
                return;
        }
        if (size > 0 && w->offset <= w->size && size <= w->size - w->offset)
                memcpy(w->buf + w->offset, data, size);
        w->offset += size;
}

static void put_head(struct cbor_writer *w, unsigned major, uint64_t value) {
        uint8_t head[9];
        size_t n;

        if (value < 24)
                n = 0;
        else if (value <= UINT8_MAX)
                n = 1;
        else if (value <= UINT16_MAX)
                n = 2;
        else if (value <= UINT32_MAX)
                n = 4;
        else
                n = 8;

        /* Additional information 24..27 stands for 1, 2, 4, 8 bytes. */
        const unsigned info = n == 0 ? (unsigned)value : n == 1 ? 24 : n == 2 ? 25 : n == 4 ? 26 : 27;

        head[0] = (uint8_t)(major << 5 | info);
        for (size_t i = 0; i < n; i++)
                head[1 + i] = (uint8_t)(value >> (8 * (n - 1 - i)));
        cbor_raw(w, head, 1 + n);
}

void cbor_uint(struct cbor_writer *w, uint64_t value) {
        put_head(w, MAJOR_UINT, value);
}

void cbor_int(struct cbor_writer *w, int64_t value) {
        if (value >= 0)
                put_head(w, MAJOR_UINT, (uint64_t)value);
        else
                put_head(w, MAJOR_NINT, (uint64_t)(-1 - value));
}

void cbor_bool(struct cbor_writer *w, bool value) {
        put_head(w, MAJOR_SIMPLE, value ? SIMPLE_TRUE : SIMPLE_FALSE);
}

void cbor_bytes(struct cbor_writer *w, const void *data, size_t size) {
        put_head(w, MAJOR_BYTES, size);
        cbor_raw(w, data, size);
}

void cbor_text(struct cbor_writer *w, const char *text) {
        const size_t size = strlen(text);

        put_head(w, MAJOR_TEXT, size);
        cbor_raw(w, text, size);
}

void cbor_array(struct cbor_writer *w, uint64_t n) {
        put_head(w, MAJOR_ARRAY, n);
}

void cbor_map(struct cbor_writer *w, uint64_t n) {
        put_head(w, MAJOR_MAP, n);
}

void cbor_tag(struct cbor_writer *w, uint64_t tag) {
        put_head(w, MAJOR_TAG, tag);
}

void cbor_bytes_head(struct cbor_writer *w, uint64_t size) {
        put_head(w, MAJOR_BYTES, size);
}

bool cbor_fits(const struct cbor_writer *w) {
        return w->offset <= w->size;
}

int cbor_finish(const struct cbor_writer *w, size_t *ret_size) {
        if (w->offset == SIZE_MAX)
                return -EOVERFLOW;
        *ret_size = w->offset;
        return cbor_fits(w) ? 0 : -ENOBUFS;
}

int cbor_compare_text_keys(const char *a, const char *b) {
        const size_t la = strlen(a), lb = strlen(b);

        if (la != lb)
                return la < lb ? -1 : 1;
        return memcmp(a, b, la);
}
