/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/mask.h"

#include <errno.h>
#include <string.h>

#include "measure/tpm_state.h"
#include "util/detail.h"

/* 0x0C: the flags of the update that comes every second by the host's clock, whether the machine runs or not. */
static const uint8_t clock_bytes[] = { 0x00, 0x02, 0x04, 0x06, 0x07, 0x08, 0x09, 0x0C, 0x32 };

struct masking {
        const struct section *section;
        uint8_t *copy;
};

static int mask_clock(void *context, const struct field_visit *v) {
        const struct masking *m = context;

        if (v->parent)
                return 0;
        if (text_is(v->field->name, "update_timer") || text_is(v->field->name, "next_alarm_time"))
                memset(m->copy + (v->offset - m->section->payload), 0, v->field->size);
        if (!text_is(v->field->name, "cmos_data"))
                return 0;
        for (size_t i = 0; i < sizeof(clock_bytes); i++) {
                if (clock_bytes[i] >= v->field->size)
                        return vmtee_fail(-EPROTO, "the clock's memory has only %u bytes", v->field->size);
                m->copy[v->offset - m->section->payload + clock_bytes[i]] = 0;
        }
        return 0;
}

static int mask_tpm(void *context, const struct field_visit *v) {
        const struct masking *m = context;

        if (!v->parent && text_is(v->field->name, "state_blobs.volatil.buffer"))
                tpm_state_mask(m->copy + (v->offset - m->section->payload), v->field->size);
        return 0;
}

int section_masked(const struct tail *t, const struct section *s, uint8_t *ret) {
        struct masking m = { .section = s, .copy = ret };

        if (strcmp(s->name, "globalstate") == 0) {
                memset(ret, 0, s->size);
                return 0;
        }
        memcpy(ret, section_payload(t, s), s->size);
        if (strcmp(s->name, "tpm-emulator") == 0)
                return section_visit(t->bytes, s, &t->description, mask_tpm, &m);
        if (strcmp(s->name, "mc146818rtc") != 0)
                return 0;
        return section_visit(t->bytes, s, &t->description, mask_clock, &m);
}
