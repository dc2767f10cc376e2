/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stream's second half: one FULL section for each device. They carry no length; where one ends is only known by walking
 * it along its description.
 */
#ifndef VMTEE_SECTIONS_H
#define VMTEE_SECTIONS_H

#include "stream/description.h"

enum { SECTIONS_MAX = 4096, SECTION_NAME_MAX = 255 };

struct section {
        char name[SECTION_NAME_MAX + 1];
        uint32_t instance;
        uint32_t version;
        size_t payload;  /* offset of the payload in the sections' bytes */
        size_t size;     /* of the payload */
        uint32_t device; /* its node in the description */
};

struct sections {
        struct section *list;
        size_t n;
};

/* One field of a section; `parent` is the field whose struct it is in, or NULL. */
struct field_visit {
        const struct description_node *parent;
        uint32_t parent_element;
        const struct description_node *field;
        uint32_t element;
        size_t offset; /* in the sections' bytes; field->size bytes */
};

typedef int (*visit_field)(void *context, const struct field_visit *v);

/* Finds all sections in `bytes`, which must hold them and nothing else. */
int sections_parse(const uint8_t *bytes, size_t size, const struct description *d, struct sections *ret);
void sections_free(struct sections *s);

/* Shows every field of one section, also each struct before its parts. */
int section_visit(const uint8_t *bytes, const struct section *s, const struct description *d, visit_field visit,
                  void *context);

#endif
