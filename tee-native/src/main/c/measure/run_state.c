/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/run_state.h"

#include <errno.h>
#include <string.h>

#include "util/detail.h"

struct finding {
        const struct tail *tail;
        struct text state; /* empty if the stream does not say */
};

static int find(void *context, const struct field_visit *v) {
        struct finding *f = context;

        if (!v->parent && text_is(v->field->name, "runstate")) {
                const char *start = (const char *)f->tail->bytes + v->offset;

                f->state = (struct text){ start, strnlen(start, v->field->size) };
        }
        return 0;
}

int run_state_check(const struct tail *t, enum capture_mode mode) {
        struct finding f = { .tail = t };
        int r = 0;

        for (size_t i = 0; r == 0 && i < t->sections.n; i++)
                if (strcmp(t->sections.list[i].name, "globalstate") == 0)
                        r = section_visit(t->bytes, &t->sections.list[i], &t->description, find, &f);
        if (r < 0)
                return r;
        if (mode == MODE_SUSPENDED && text_is(f.state, "running"))
                return vmtee_fail(-EBUSY, "the machine ran when it was captured as one that stands still");
        if (mode != MODE_SUSPENDED && text_is(f.state, "paused"))
                return vmtee_fail(-EBUSY, "the machine was paused when it was captured as one that runs");
        return 0;
}
