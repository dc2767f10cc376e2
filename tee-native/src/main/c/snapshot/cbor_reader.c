/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot/cbor_reader.h"

#include "cbor/cbor.h"
#include "util/reader.h"

/* The major types (RFC 8949, 3.1). */
enum { MAJOR_UINT = 0, MAJOR_BYTES = 2, MAJOR_TEXT = 3, MAJOR_ARRAY = 4 };

enum { DIRECT_MAX = 23, ONE_BYTE = 24, EIGHT_BYTES = 27 };

/* A head of the wanted major type in its shortest form. */
static int read_head(struct cbor_reader *c, unsigned major, uint64_t *ret) {
        const uint8_t *argument;
        uint64_t value = 0;
        uint8_t first;

        if (read_u8(c->buf, c->size, &c->offset, &first) < 0 || first >> 5 != major)
                return -EPROTO;
        const unsigned info = first & 0x1f;
        if (info <= DIRECT_MAX) {
                *ret = info;
                return 0;
        }
        if (info > EIGHT_BYTES)
                return -EPROTO;
        const size_t size = (size_t)1 << (info - ONE_BYTE);
        if (read_bytes(c->buf, c->size, &c->offset, size, &argument) < 0)
                return -EPROTO;
        for (size_t i = 0; i < size; i++)
                value = value << 8 | argument[i];
        if (size == 1 ? value <= DIRECT_MAX : value >> (4 * size) == 0)
                return -EPROTO;
        *ret = value;
        return 0;
}

int cbor_read_uint(struct cbor_reader *c, uint64_t *ret) {
        return read_head(c, MAJOR_UINT, ret);
}

int cbor_read_u32(struct cbor_reader *c, uint32_t *ret) {
        uint64_t value;

        if (cbor_read_uint(c, &value) < 0 || value > UINT32_MAX)
                return -EPROTO;
        *ret = (uint32_t)value;
        return 0;
}

static int read_string(struct cbor_reader *c, unsigned major, const uint8_t **ret, uint64_t *ret_size) {
        if (read_head(c, major, ret_size) < 0)
                return -EPROTO;
        return read_bytes(c->buf, c->size, &c->offset, *ret_size, ret);
}

int cbor_read_text(struct cbor_reader *c, struct text *ret) {
        const uint8_t *start;
        uint64_t size;

        if (read_string(c, MAJOR_TEXT, &start, &size) < 0 || !cbor_utf8_valid((const char *)start, size))
                return -EPROTO;
        *ret = (struct text){ (const char *)start, size };
        return 0;
}

int cbor_read_digest(struct cbor_reader *c, uint8_t ret[static VMTEE_DIGEST_SIZE]) {
        const uint8_t *start;
        uint64_t size;

        if (read_string(c, MAJOR_BYTES, &start, &size) < 0 || size != VMTEE_DIGEST_SIZE)
                return -EPROTO;
        memcpy(ret, start, size);
        return 0;
}

int cbor_read_array(struct cbor_reader *c, uint64_t *ret_n) {
        return read_head(c, MAJOR_ARRAY, ret_n);
}

int cbor_expect_array(struct cbor_reader *c, uint64_t n) {
        uint64_t found;

        return cbor_read_array(c, &found) == 0 && found == n ? 0 : -EPROTO;
}
