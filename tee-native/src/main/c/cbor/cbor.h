/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes deterministic CBOR (RFC 8949, 4.2.1) of the few types our formats need.
 *
 * The writer goes on counting after the buffer is full, so that one pass says how large the buffer must be:
 *
 *     struct cbor_writer w = CBOR_WRITER(buf, size);
 *     cbor_array(&w, 2);
 *     ...
 *     return cbor_finish(&w, ret_size);
 *
 * The lengths are shortest form by construction. The order of a map's keys is the caller's duty: use
 * cbor_compare_text_keys() where the keys are not known beforehand.
 */
#ifndef VMTEE_CBOR_H
#define VMTEE_CBOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cbor_writer {
        uint8_t *buf;  /* may be NULL if size is 0 */
        size_t size;
        size_t offset; /* bytes the encoding needs so far; may exceed size; SIZE_MAX after an overflow */
};

#define CBOR_WRITER(buffer, buffer_size) \
        { \
                .buf = (buffer), .size = (buffer_size), .offset = 0 \
        }

void cbor_uint(struct cbor_writer *w, uint64_t value);
/* A negative or non-negative integer. */
void cbor_int(struct cbor_writer *w, int64_t value);
void cbor_bool(struct cbor_writer *w, bool value);
void cbor_bytes(struct cbor_writer *w, const void *data, size_t size);
/* `text` must be valid UTF-8, see cbor_utf8_valid(). */
void cbor_text(struct cbor_writer *w, const char *text);
/* The head of an array of n items, which the caller writes next. */
void cbor_array(struct cbor_writer *w, uint64_t n);
/* The head of a map of n pairs, which the caller writes next, in the order of their encoded keys. */
void cbor_map(struct cbor_writer *w, uint64_t n);
/* The head of a tag, whose content the caller writes next. */
void cbor_tag(struct cbor_writer *w, uint64_t tag);
/* The head of a byte string of `size` bytes, which the caller writes next with cbor_raw(). */
void cbor_bytes_head(struct cbor_writer *w, uint64_t size);
/* Bytes that are CBOR already. */
void cbor_raw(struct cbor_writer *w, const void *data, size_t size);

/* Whether everything written so far lies in the buffer. */
bool cbor_fits(const struct cbor_writer *w);

/* Sets *ret_size to the size of the encoding. Returns 0, -ENOBUFS if the buffer was too small for it, or -EOVERFLOW
 * (and leaves *ret_size alone) if it has no size. */
int cbor_finish(const struct cbor_writer *w, size_t *ret_size);

/* The order of two text keys in a deterministic map: shorter first, then bytewise. Negative, 0 or positive. */
int cbor_compare_text_keys(const char *a, const char *b);

/* Whether the `size` bytes are UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, at most U+10FFFF. */
bool cbor_utf8_valid(const char *text, size_t size);

#endif
