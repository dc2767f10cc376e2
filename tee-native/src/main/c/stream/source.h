/* SPDX-License-Identifier: Apache-2.0 */
/* A stream of bytes with a large buffer before it, so that records can be looked at before they are taken. */
#ifndef VMTEE_SOURCE_H
#define VMTEE_SOURCE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { SOURCE_CAPACITY = 1 << 20 };

struct source {
        /* Reads 1..size bytes; 0 at the end; negative errno, with a detail. */
        ssize_t (*read)(void *from, void *buf, size_t size);
        void *from;
        int end_error; /* what it means if the end comes too early: -EPIPE or -EPROTO */
        uint8_t *buf;
        size_t begin, end;
        uint64_t position; /* bytes of the stream that were taken */
};

int source_init(struct source *s);
void source_free(struct source *s);

/* Makes at least n (at most SOURCE_CAPACITY) bytes lie at source_data(). */
int source_need_more(struct source *s, size_t n);

static inline int source_need(struct source *s, size_t n) {
        return s->end - s->begin >= n ? 0 : source_need_more(s, n);
}

static inline const uint8_t *source_data(const struct source *s) {
        return s->buf + s->begin;
}

static inline void source_take(struct source *s, size_t n) {
        s->begin += n;
        s->position += n;
}

#endif
