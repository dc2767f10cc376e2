/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The description at a stream's end (vmdesc): for each device section the names, types and sizes of its fields, in the order
 * in which they stand in the stream. A tree of nodes that refer to each other by index; index 0 means none.
 */
#ifndef VMTEE_DESCRIPTION_H
#define VMTEE_DESCRIPTION_H

#include <stdint.h>

#include "util/text.h"

enum { DESCRIPTION_NODES_MAX = 1 << 18, DESCRIPTION_DEPTH_MAX = 32 };

/* A device, a field, a field's struct or a subsection. */
struct description_node {
        struct text name; /* of a device: its section; of a struct or subsection: its vmsd_name */
        struct text type;
        uint32_t size;        /* of one element; of a device without a vmsd: of the whole */
        uint32_t count;       /* array_len; 1 for a single one */
        uint32_t index;       /* which element of an array that is listed one by one; else 0 */
        uint32_t instance;
        uint32_t version;
        uint32_t known;       /* which keys were there */
        uint32_t body;        /* a field's struct */
        uint32_t fields;      /* the first */
        uint32_t subsections; /* the first */
        uint32_t next;        /* the sibling */
};

enum {
        KNOWN_VERSION = 1 << 4, /* of `known`; the others are description.c's */
};

struct description {
        struct description_node *nodes;
        uint32_t n_nodes; /* with the unused node 0 */
        uint32_t capacity;
        uint32_t devices; /* the first */
};

/* Texts go on pointing into `json`. */
int description_parse(const char *json, size_t size, struct description *ret);
void description_free(struct description *d);

#endif
