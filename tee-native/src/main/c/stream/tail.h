/* SPDX-License-Identifier: Apache-2.0 */
/* The stream from its first device section to its last byte: sections, end mark, description. */
#ifndef VMTEE_TAIL_H
#define VMTEE_TAIL_H

#include "stream/sections.h"

struct tail {
        uint8_t *bytes;
        size_t size;
        size_t capacity;
        size_t sections_size; /* of the device sections, with which the bytes begin */
        size_t json;          /* offset of the description */
        struct description description;
        struct sections sections;
};

enum { TAIL_MARKS_SIZE = 6 }; /* u8 end mark, u8 description mark, u32 length */

void tail_free(struct tail *t);

/* Makes room for at least `more` further bytes. */
int tail_reserve(struct tail *t, size_t more);
/* -E2BIG if it has more than `limit` bytes. */
int tail_check_size(const struct tail *t, uint32_t limit);

/* Whether the bytes end like a complete stream; if so they are parsed. 1 if complete, 0 if not, negative if they look
 * complete and are malformed. */
int tail_try_parse(struct tail *t);

/* The bytes of a kept tail, put together again and parsed. */
int tail_assemble(struct tail *t, const void *sections, size_t sections_size, const void *json, size_t json_size);

/* A section's payload. */
static inline const uint8_t *section_payload(const struct tail *t, const struct section *s) {
        return t->bytes + s->payload;
}

#endif
