/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/description.h"

#include <errno.h>
#include <stdlib.h>

#include "stream/json.h"
#include "util/detail.h"

enum kind { DEVICE = 1, FIELD = 2, BODY = 4 }; /* BODY: a struct or a subsection */

enum key { NAME, TYPE, SIZE, COUNT, VERSION, INDEX, INSTANCE, STRUCT, FIELDS, SUBSECTIONS, VMSD, N_KEYS };
_Static_assert(KNOWN_VERSION == 1 << VERSION, "the header's bit is this file's");

static const struct {
        const char *text;
        unsigned kinds; /* in which it means something; elsewhere it is skipped */
} keys[N_KEYS] = {
        [NAME] = { "name", DEVICE | FIELD },
        [TYPE] = { "type", FIELD },
        [SIZE] = { "size", DEVICE | FIELD },
        [COUNT] = { "array_len", FIELD },
        [VERSION] = { "version", DEVICE | BODY },
        [INDEX] = { "index", FIELD },
        [INSTANCE] = { "instance_id", DEVICE },
        [STRUCT] = { "struct", FIELD },
        /* A field's own "fields" come from types that write themselves, once for each thing written; its size covers
         * them. */
        [FIELDS] = { "fields", DEVICE | BODY },
        [SUBSECTIONS] = { "subsections", DEVICE | BODY },
        [VMSD] = { "vmsd_name", BODY },
};

struct parser {
        struct json json;
        struct description *out;
};

static int parse_node(struct parser *p, enum kind kind, unsigned depth, uint32_t *ret);

static int add_node(struct description *d, uint32_t *ret) {
        if (d->n_nodes == d->capacity) {
                const uint32_t capacity = d->capacity > 0 ? 2 * d->capacity : 1024;
                struct description_node *nodes;

                if (d->n_nodes >= DESCRIPTION_NODES_MAX)
                        return vmtee_fail(-E2BIG, "the stream's description has more than %d parts",
                                          DESCRIPTION_NODES_MAX);
                nodes = reallocarray(d->nodes, capacity, sizeof(*nodes));
                if (!nodes)
                        return vmtee_fail(-ENOMEM, "no memory for the stream's description");
                d->nodes = nodes;
                d->capacity = capacity;
        }
        d->nodes[d->n_nodes] = (struct description_node){ .count = 1 };
        *ret = d->n_nodes++;
        return 0;
}

static int parse_list(struct parser *p, enum kind kind, unsigned depth, uint32_t *ret_first) {
        uint32_t last = 0, node;
        int r = json_expect(&p->json, '[');

        if (r < 0 || json_accept(&p->json, ']'))
                return r;
        for (;;) {
                r = parse_node(p, kind, depth, &node);
                if (r < 0)
                        return r;
                if (last == 0)
                        *ret_first = node;
                else
                        p->out->nodes[last].next = node;
                last = node;
                if (json_accept(&p->json, ']'))
                        return 0;
                r = json_expect(&p->json, ',');
                if (r < 0)
                        return r;
        }
}

static int parse_u32(struct parser *p, uint32_t *ret) {
        uint64_t value;
        const int r = json_uint(&p->json, &value);

        if (r < 0)
                return r;
        if (value > UINT32_MAX)
                return json_fail(&p->json, "a number too large");
        *ret = (uint32_t)value;
        return 0;
}

/* Nodes move when their list grows, so the value goes by way of a copy. */
static int parse_value(struct parser *p, enum key key, uint32_t node, unsigned depth) {
        struct description_node n = p->out->nodes[node];
        int r;

        switch (key) {
        case NAME:
        case VMSD:
                r = json_string(&p->json, &n.name);
                break;
        case TYPE:
                r = json_string(&p->json, &n.type);
                break;
        case SIZE:
                r = parse_u32(p, &n.size);
                break;
        case COUNT:
                r = parse_u32(p, &n.count);
                break;
        case VERSION:
                r = parse_u32(p, &n.version);
                break;
        case INDEX:
                r = parse_u32(p, &n.index);
                break;
        case INSTANCE:
                r = parse_u32(p, &n.instance);
                break;
        case STRUCT:
                r = parse_node(p, BODY, depth + 1, &n.body);
                break;
        case FIELDS:
                r = parse_list(p, FIELD, depth + 1, &n.fields);
                break;
        case SUBSECTIONS:
                r = parse_list(p, BODY, depth + 1, &n.subsections);
                break;
        default:
                return json_skip(&p->json, depth);
        }
        n.known |= 1u << key;
        p->out->nodes[node] = n;
        return r;
}

static enum key find_key(struct text name, enum kind kind) {
        for (enum key key = 0; key < N_KEYS; key++)
                if ((keys[key].kinds & kind) != 0 && text_is(name, keys[key].text))
                        return key;
        return N_KEYS;
}

static int parse_member(struct parser *p, enum kind kind, uint32_t node, unsigned depth) {
        struct text name;
        int r = json_string(&p->json, &name);

        if (r == 0)
                r = json_expect(&p->json, ':');
        if (r < 0)
                return r;
        const enum key key = find_key(name, kind);
        if (key != N_KEYS && (p->out->nodes[node].known >> key & 1) != 0)
                return json_fail(&p->json, "a key that comes twice");
        return parse_value(p, key, node, depth);
}

static int parse_members(struct parser *p, enum kind kind, uint32_t node, unsigned depth) {
        if (json_accept(&p->json, '}'))
                return 0;
        for (;;) {
                int r = parse_member(p, kind, node, depth);

                if (r < 0 || json_accept(&p->json, '}'))
                        return r;
                r = json_expect(&p->json, ',');
                if (r < 0)
                        return r;
        }
}

static int check_node(const struct parser *p, enum kind kind, const struct description_node *n) {
        static const unsigned needed[] = {
                [DEVICE] = 1u << NAME | 1u << INSTANCE | 1u << FIELDS,
                [FIELD] = 1u << NAME | 1u << TYPE | 1u << SIZE,
                [BODY] = 1u << VMSD | 1u << VERSION | 1u << FIELDS,
        };

        return (n->known & needed[kind]) == needed[kind] ? 0 : json_fail(&p->json, "a part that lacks a key");
}

static int parse_node(struct parser *p, enum kind kind, unsigned depth, uint32_t *ret) {
        uint32_t node;
        int r = depth > DESCRIPTION_DEPTH_MAX ? json_fail(&p->json, "too deep") : json_expect(&p->json, '{');

        if (r == 0)
                r = add_node(p->out, &node);
        if (r == 0)
                r = parse_members(p, kind, node, depth);
        if (r < 0)
                return r;
        *ret = node;
        return check_node(p, kind, &p->out->nodes[node]);
}

static int expect_key(struct parser *p, const char *key) {
        struct text name;
        const int r = json_string(&p->json, &name);

        if (r < 0)
                return r;
        return text_is(name, key) ? json_expect(&p->json, ':') : json_fail(&p->json, key);
}

/* {"page_size": 4096, "devices": [...]}, in this order. */
static int parse_root(struct parser *p) {
        uint64_t page_size;
        int r = json_expect(&p->json, '{');

        if (r == 0)
                r = expect_key(p, "page_size");
        if (r == 0)
                r = json_uint(&p->json, &page_size);
        if (r == 0)
                r = page_size == 4096 ? json_expect(&p->json, ',') : json_fail(&p->json, "another page size");
        if (r == 0)
                r = expect_key(p, "devices");
        if (r == 0)
                r = parse_list(p, DEVICE, 1, &p->out->devices);
        if (r == 0)
                r = json_expect(&p->json, '}');
        if (r == 0 && !json_at_end(&p->json))
                r = json_fail(&p->json, "something after its end");
        return r;
}

int description_parse(const char *json, size_t size, struct description *ret) {
        struct description d = { 0 };
        struct parser p = { .json = { .text = json, .size = size }, .out = &d };
        uint32_t none;
        int r = add_node(&d, &none);

        if (r == 0)
                r = parse_root(&p);
        if (r < 0) {
                description_free(&d);
                return r;
        }
        *ret = d;
        return 0;
}

void description_free(struct description *d) {
        free(d->nodes);
        *d = (struct description){ 0 };
}
