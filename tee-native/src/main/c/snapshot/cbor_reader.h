/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the few types of deterministic CBOR (RFC 8949, 4.2.1) that a manifest has. -EPROTO for anything else. */
#ifndef VMTEE_CBOR_READER_H
#define VMTEE_CBOR_READER_H

#include <stddef.h>
#include <stdint.h>

#include "util/text.h"
#include "vmtee.h"

struct cbor_reader {
        const uint8_t *buf;
        size_t size;
        size_t offset;
};

int cbor_read_uint(struct cbor_reader *c, uint64_t *ret);
int cbor_read_u32(struct cbor_reader *c, uint32_t *ret);
int cbor_read_text(struct cbor_reader *c, struct text *ret);
int cbor_read_digest(struct cbor_reader *c, uint8_t ret[static VMTEE_DIGEST_SIZE]);
int cbor_read_array(struct cbor_reader *c, uint64_t *ret_n);
int cbor_expect_array(struct cbor_reader *c, uint64_t n);

#endif
