/* SPDX-License-Identifier: Apache-2.0 */
/* A piece of text inside somebody else's buffer, without a NUL. */
#ifndef VMTEE_TEXT_H
#define VMTEE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct text {
        const char *start;
        size_t size;
};

/* For printf's "%.*s". */
#define TEXT_PRINT(t) (int)(t).size, (t).start

static inline bool text_is(struct text t, const char *literal) {
        return t.size == strlen(literal) && memcmp(t.start, literal, t.size) == 0;
}

static inline bool text_equal(struct text a, struct text b) {
        return a.size == b.size && (a.size == 0 || memcmp(a.start, b.start, a.size) == 0);
}

#endif
