/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes big-endian integers and bytes off a buffer. Each function reads at *offset and moves it on, or returns -EPROTO
 * and leaves everything as it was. *offset must not exceed size.
 */
#ifndef VMTEE_READER_H
#define VMTEE_READER_H

#include <endian.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline int read_bytes(const uint8_t *buf, size_t size, size_t *offset, size_t n, const uint8_t **ret) {
        if (n > size - *offset)
                return -EPROTO;
        *ret = buf + *offset;
        *offset += n;
        return 0;
}

static inline int read_u8(const uint8_t *buf, size_t size, size_t *offset, uint8_t *ret) {
        const uint8_t *p;
        const int r = read_bytes(buf, size, offset, sizeof(*ret), &p);

        if (r == 0)
                *ret = *p;
        return r;
}

static inline int read_u32(const uint8_t *buf, size_t size, size_t *offset, uint32_t *ret) {
        const uint8_t *p;
        const int r = read_bytes(buf, size, offset, sizeof(*ret), &p);

        if (r == 0) {
                memcpy(ret, p, sizeof(*ret));
                *ret = be32toh(*ret);
        }
        return r;
}

static inline uint16_t peek_u16(const uint8_t *p) {
        uint16_t value;

        memcpy(&value, p, sizeof(value));
        return be16toh(value);
}

static inline uint32_t peek_u32(const uint8_t *p) {
        uint32_t value;

        memcpy(&value, p, sizeof(value));
        return be32toh(value);
}

static inline uint64_t peek_u64(const uint8_t *p) {
        uint64_t value;

        memcpy(&value, p, sizeof(value));
        return be64toh(value);
}

#endif
