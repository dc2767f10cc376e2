/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/sections.h"

#include <stdlib.h>

#include "cbor/cbor.h"
#include "stream/format.h"
#include "util/detail.h"
#include "util/reader.h"

/* A description may say "a million elements of nothing, a million times". */
enum { STEPS_MAX = 1 << 23 };

struct walk {
        const struct description *description;
        const uint8_t *bytes;
        size_t size;
        size_t offset;
        uint32_t steps;
        visit_field visit; /* may be NULL */
        void *context;
};

/* What a struct's parts belong to. */
struct owner {
        const struct description_node *field;
        uint32_t element;
};

static int walk_body(struct walk *w, const struct description_node *body, struct owner owner);

static const struct description_node *node(const struct walk *w, uint32_t index) {
        return index == 0 ? NULL : &w->description->nodes[index];
}

static int walk_struct(struct walk *w, const struct description_node *field, uint32_t element) {
        const size_t start = w->offset;
        const int r = walk_body(w, node(w, field->body), (struct owner){ field, element });

        if (r == 0 && w->offset - start != field->size)
                return vmtee_fail(-EPROTO, "field %.*s has %zu bytes, its description says %u", TEXT_PRINT(field->name),
                                  w->offset - start, field->size);
        return r;
}

static int walk_element(struct walk *w, const struct description_node *field, uint32_t element, struct owner owner) {
        const struct field_visit v = { owner.field, owner.element, field, element, w->offset };
        int r = 0;

        if (w->steps++ >= STEPS_MAX)
                return vmtee_fail(-E2BIG, "a device section has too many fields");
        if (field->size > w->size - w->offset)
                return vmtee_fail(-EPROTO, "field %.*s ends beyond the device sections", TEXT_PRINT(field->name));
        if (w->visit)
                r = w->visit(w->context, &v);
        if (r == 0 && field->body != 0)
                return walk_struct(w, field, element);
        w->offset += field->size;
        return r;
}

static int walk_fields(struct walk *w, uint32_t first, struct owner owner) {
        for (const struct description_node *f = node(w, first); f; f = node(w, f->next))
                for (uint32_t i = 0; i < f->count; i++) {
                        const int r = walk_element(w, f, f->index + i, owner);

                        if (r < 0)
                                return r;
                }
        return 0;
}

/* u8 mark, u8 length, name, u32 version. */
static int walk_subsection_head(struct walk *w, const struct description_node *sub) {
        const uint8_t *name;
        uint8_t mark, size;
        uint32_t version;

        if (read_u8(w->bytes, w->size, &w->offset, &mark) < 0 || mark != SECTION_SUBSECTION ||
            read_u8(w->bytes, w->size, &w->offset, &size) < 0 ||
            read_bytes(w->bytes, w->size, &w->offset, size, &name) < 0 ||
            !text_equal(sub->name, (struct text){ (const char *)name, size }) ||
            read_u32(w->bytes, w->size, &w->offset, &version) < 0 || version != sub->version)
                return vmtee_fail(-EPROTO, "subsection %.*s is not where its description says", TEXT_PRINT(sub->name));
        return 0;
}

static int walk_body(struct walk *w, const struct description_node *body, struct owner owner) {
        int r = walk_fields(w, body->fields, owner);

        for (const struct description_node *s = node(w, body->subsections); r == 0 && s; s = node(w, s->next)) {
                r = walk_subsection_head(w, s);
                if (r == 0)
                        r = walk_body(w, s, owner);
        }
        return r;
}

static int read_name(struct walk *w, struct section *s) {
        const uint8_t *name;
        uint8_t size;

        if (read_u8(w->bytes, w->size, &w->offset, &size) < 0 || size == 0 ||
            read_bytes(w->bytes, w->size, &w->offset, size, &name) < 0 || memchr(name, 0, size) ||
            !cbor_utf8_valid((const char *)name, size))
                return vmtee_fail(-EPROTO, "a device section has a bad name");
        memcpy(s->name, name, size);
        s->name[size] = '\0';
        return 0;
}

/* u8 type, u32 id, u8 length, name, u32 instance, u32 version. */
static int read_head(struct walk *w, struct section *s, uint32_t *ret_id) {
        uint8_t type;

        if (read_u8(w->bytes, w->size, &w->offset, &type) < 0 || type != SECTION_FULL ||
            read_u32(w->bytes, w->size, &w->offset, ret_id) < 0)
                return vmtee_fail(-EPROTO, "no device section at byte %zu, where one should begin", w->offset);
        const int r = read_name(w, s);
        if (r < 0)
                return r;
        if (read_u32(w->bytes, w->size, &w->offset, &s->instance) < 0 ||
            read_u32(w->bytes, w->size, &w->offset, &s->version) < 0)
                return vmtee_fail(-EPROTO, "device section %s has no head", s->name);
        return 0;
}

static int check_head(const struct section *s, const struct description_node *device) {
        if (!text_is(device->name, s->name) || device->instance != s->instance ||
            ((device->known & KNOWN_VERSION) != 0 && device->version != s->version))
                return vmtee_fail(-EPROTO, "device section %s is described as another, %.*s", s->name,
                                  TEXT_PRINT(device->name));
        return 0;
}

static int read_footer(struct walk *w, const struct section *s, uint32_t id) {
        uint8_t mark;
        uint32_t footer;

        if (read_u8(w->bytes, w->size, &w->offset, &mark) < 0 || mark != SECTION_FOOTER ||
            read_u32(w->bytes, w->size, &w->offset, &footer) < 0 || footer != id)
                return vmtee_fail(-EPROTO, "device section %s does not end where its description says", s->name);
        return 0;
}

static int read_section(struct walk *w, uint32_t device, struct section *s) {
        const struct description_node *d = node(w, device);
        uint32_t id = 0;
        int r = read_head(w, s, &id);

        if (r == 0)
                r = check_head(s, d);
        if (r < 0)
                return r;
        s->device = device;
        s->payload = w->offset;
        r = walk_body(w, d, (struct owner){ 0 });
        if (r < 0)
                return r;
        s->size = w->offset - s->payload;
        return read_footer(w, s, id);
}

static int check_new(const struct sections *list, const struct section *s) {
        for (size_t i = 0; i < list->n; i++)
                if (list->list[i].instance == s->instance && strcmp(list->list[i].name, s->name) == 0)
                        return vmtee_fail(-EPROTO, "device section %s %u appears twice", s->name, s->instance);
        return 0;
}

static int read_all(struct walk *w, struct sections *list, size_t capacity) {
        for (uint32_t d = w->description->devices; d != 0; d = w->description->nodes[d].next) {
                if (list->n == capacity)
                        return vmtee_fail(-E2BIG, "more than %zu device sections", capacity);
                struct section *s = &list->list[list->n];
                int r = read_section(w, d, s);

                if (r == 0)
                        r = check_new(list, s);
                if (r < 0)
                        return r;
                list->n++;
        }
        if (w->offset != w->size)
                return vmtee_fail(-EPROTO, "device sections without a description");
        return 0;
}

int sections_parse(const uint8_t *bytes, size_t size, const struct description *d, struct sections *ret) {
        struct walk w = { .description = d, .bytes = bytes, .size = size };
        struct sections list = { 0 };
        size_t n = 0;

        for (uint32_t i = d->devices; i != 0 && n < SECTIONS_MAX; i = d->nodes[i].next)
                n++;
        list.list = calloc(n + 1, sizeof(*list.list));
        if (!list.list)
                return vmtee_fail(-ENOMEM, "no memory for the device sections");
        const int r = read_all(&w, &list, n);
        if (r < 0) {
                sections_free(&list);
                return r;
        }
        *ret = list;
        return 0;
}

void sections_free(struct sections *s) {
        free(s->list);
        *s = (struct sections){ 0 };
}

int section_visit(const uint8_t *bytes, const struct section *s, const struct description *d, visit_field visit,
                  void *context) {
        struct walk w = { .description = d,
                          .bytes = bytes,
                          .size = s->payload + s->size,
                          .offset = s->payload,
                          .visit = visit,
                          .context = context };

        return walk_body(&w, node(&w, s->device), (struct owner){ 0 });
}
