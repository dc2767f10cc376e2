/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/tail.h"

#include <stdlib.h>

#include "stream/format.h"
#include "util/detail.h"
#include "util/reader.h"

enum { CAPACITY_FIRST = 1 << 20 };

static const uint8_t marks[] = { SECTION_EOF, SECTION_DESCRIPTION };

void tail_free(struct tail *t) {
        sections_free(&t->sections);
        description_free(&t->description);
        free(t->bytes);
        *t = (struct tail){ 0 };
}

int tail_check_size(const struct tail *t, uint32_t limit) {
        return t->size <= limit ? 0 : vmtee_fail(-E2BIG, "the device sections have more than %u bytes", limit);
}

int tail_reserve(struct tail *t, size_t more) {
        size_t capacity = t->capacity > 0 ? t->capacity : CAPACITY_FIRST;

        while (capacity - t->size < more)
                capacity *= 2;
        if (capacity == t->capacity)
                return 0;
        uint8_t *bytes = realloc(t->bytes, capacity);
        if (!bytes)
                return vmtee_fail(-ENOMEM, "no memory for the device sections");
        t->bytes = bytes;
        t->capacity = capacity;
        return 0;
}

static int parse_at(struct tail *t, size_t sections_size) {
        const size_t json = sections_size + TAIL_MARKS_SIZE;
        int r = description_parse((const char *)t->bytes + json, t->size - json, &t->description);

        if (r == 0)
                r = sections_parse(t->bytes, sections_size, &t->description, &t->sections);
        if (r < 0) {
                description_free(&t->description);
                return r;
        }
        t->sections_size = sections_size;
        t->json = json;
        return 1;
}

static bool reaches_end(const struct tail *t, size_t at) {
        const size_t left = t->size - at;

        return left > TAIL_MARKS_SIZE && peek_u32(t->bytes + at + sizeof(marks)) == left - TAIL_MARKS_SIZE &&
               t->bytes[at + TAIL_MARKS_SIZE] == '{';
}

/* The guest has a say in the bytes of its devices, and may have put the marks among them. So every place is tried from
 * which a description would reach exactly to the end, and only one whose description fits all sections before it counts. */
int tail_try_parse(struct tail *t) {
        int result = 0;

        if (t->size == 0 || t->bytes[t->size - 1] != '}')
                return 0;
        for (size_t from = 0; result <= 0;) {
                const uint8_t *found = memmem(t->bytes + from, t->size - from, marks, sizeof(marks));

                if (!found)
                        break;
                const size_t at = (size_t)(found - t->bytes);
                if (reaches_end(t, at))
                        result = parse_at(t, at);
                from = at + 1;
        }
        return result;
}

int tail_assemble(struct tail *t, const void *sections, size_t sections_size, const void *json, size_t json_size) {
        const uint32_t length = htobe32((uint32_t)json_size);

        if (json_size > UINT32_MAX / 4 || sections_size > UINT32_MAX / 4)
                return vmtee_fail(-E2BIG, "the device sections are too large");
        int r = tail_reserve(t, sections_size + TAIL_MARKS_SIZE + json_size);
        if (r < 0)
                return r;
        memcpy(t->bytes, sections, sections_size);
        memcpy(t->bytes + sections_size, marks, sizeof(marks));
        memcpy(t->bytes + sections_size + sizeof(marks), &length, sizeof(length));
        memcpy(t->bytes + sections_size + TAIL_MARKS_SIZE, json, json_size);
        t->size = sections_size + TAIL_MARKS_SIZE + json_size;
        r = parse_at(t, sections_size);
        return r < 0 ? r : 0;
}
