/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of a message's body. What fails is remembered: only the end needs to be looked at. Integers are big-endian; a blob
 * is u32 size and its bytes. */
#ifndef VMTEED_WIRE_H
#define VMTEED_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmtee.h"

struct wire_out {
        uint8_t *bytes;
        size_t size;
        size_t capacity;
        bool failed; /* there was no memory */
};

void wire_out_free(struct wire_out *w);

void put_raw(struct wire_out *w, const void *data, size_t size);
void put_u8(struct wire_out *w, uint8_t value);
void put_u32(struct wire_out *w, uint32_t value);
void put_u64(struct wire_out *w, uint64_t value);
void put_blob(struct wire_out *w, const void *data, size_t size);
void put_run(struct wire_out *w, const struct vmtee_page_run *run);

struct wire_in {
        const uint8_t *bytes;
        size_t size;
        size_t offset;
        bool failed; /* something was asked for that is not there, or not as it must be */
};

/* All give 0 or NULL once something failed. Pointers point into the message. */
const uint8_t *get_raw(struct wire_in *w, size_t size);
uint8_t get_u8(struct wire_in *w);
bool get_bool(struct wire_in *w);
uint32_t get_u32(struct wire_in *w);
uint64_t get_u64(struct wire_in *w);
/* At most `max` bytes. */
const uint8_t *get_blob(struct wire_in *w, size_t max, size_t *ret_size);
/* A blob without NUL bytes as a string; ret has max + 1 bytes. */
void get_text(struct wire_in *w, size_t max, char *ret);
void get_run(struct wire_in *w, struct vmtee_page_run *ret);

/* Whether all was well, and nothing is left. */
bool wire_in_done(const struct wire_in *w);

#define WIRE_OUT_CLEANUP __attribute__((cleanup(wire_out_free)))

#endif
