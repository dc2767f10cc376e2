/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/detail.h"

int source_init(struct source *s) {
        s->buf = malloc(SOURCE_CAPACITY);
        return s->buf ? 0 : vmtee_fail(-ENOMEM, "no memory for a buffer");
}

void source_free(struct source *s) {
        free(s->buf);
        s->buf = NULL;
}

int source_need_more(struct source *s, size_t n) {
        memmove(s->buf, s->buf + s->begin, s->end - s->begin);
        s->end -= s->begin;
        s->begin = 0;
        while (s->end < n) {
                const ssize_t got = s->read(s->from, s->buf + s->end, SOURCE_CAPACITY - s->end);

                if (got < 0)
                        return (int)got;
                if (got == 0)
                        return vmtee_fail(s->end_error, "the stream ends at byte %llu, before it is complete",
                                          (unsigned long long)(s->position + s->end));
                s->end += (size_t)got;
        }
        return 0;
}
