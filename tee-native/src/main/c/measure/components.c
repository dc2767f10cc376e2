/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/components.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cbor/cbor.h"
#include "measure/mask.h"
#include "util/cleanup.h"
#include "util/detail.h"

/* The most that is around a text or byte string in the leaves below. */
enum { LEAF_OVERHEAD = 64 };

/* Leaves are made one by one and folded at the end. */
struct leaves {
        struct hasher *hasher;
        struct node *nodes;
        size_t n;
        uint64_t size; /* bytes measured */
};

static int leaves_begin(struct leaves *l, struct hasher *h, size_t n) {
        *l = (struct leaves){ .hasher = h, .nodes = calloc(n + 1, sizeof(*l->nodes)) };
        return l->nodes ? 0 : vmtee_fail(-ENOMEM, "no memory for the measurement");
}

static int leaves_end(struct leaves *l, int r, const char *name, struct measured_component *ret) {
        struct node root;

        if (r == 0)
                r = hash_fold(l->hasher, l->nodes, l->n, &root);
        free(l->nodes);
        if (r < 0)
                return r;
        *ret = (struct measured_component){ .name = name, .size = l->size };
        memcpy(ret->digest, root.hash, sizeof(root.hash));
        return 0;
}

static int leaves_add(struct leaves *l, const struct cbor_writer *w, uint64_t measured) {
        size_t size;

        if (cbor_finish(w, &size) < 0)
                return vmtee_fail(-EPROTO, "a part of the machine has too long a name");
        l->size += measured;
        return hash_leaf(l->hasher, w->buf, size, &l->nodes[l->n++]);
}

static int masked_copy(const struct tail *t, const struct section *s, uint8_t **ret) {
        uint8_t *copy = malloc(s->size + 1);

        if (!copy)
                return vmtee_fail(-ENOMEM, "no memory for the measurement");
        const int r = section_masked(t, s, copy);
        if (r < 0) {
                free(copy);
                return r;
        }
        *ret = copy;
        return 0;
}

static int add_cpu(struct leaves *l, const struct tail *t, const struct section *s) {
        const size_t size = s->size + SECTION_NAME_MAX + LEAF_OVERHEAD;
        CLEANUP_FREE uint8_t *copy = NULL;
        CLEANUP_FREE uint8_t *buf = malloc(size);
        struct cbor_writer w = CBOR_WRITER(buf, size);
        const int r = buf ? masked_copy(t, s, &copy) : vmtee_fail(-ENOMEM, "no memory for the measurement");

        if (r < 0)
                return r;
        cbor_array(&w, 4);
        cbor_text(&w, s->name);
        cbor_uint(&w, s->instance);
        cbor_uint(&w, s->version);
        cbor_bytes(&w, copy, s->size);
        return leaves_add(l, &w, s->size);
}

int component_cpu(struct hasher *h, const struct tail *t, struct measured_component *ret) {
        struct leaves l;
        int r = leaves_begin(&l, h, t->sections.n);

        for (size_t i = 0; r == 0 && i < t->sections.n; i++)
                if (section_is_cpu(&t->sections.list[i]))
                        r = add_cpu(&l, t, &t->sections.list[i]);
        return leaves_end(&l, r, "cpu", ret);
}

static int add_control(struct leaves *l, size_t index, const struct measured_register *reg) {
        uint8_t buf[LEAF_OVERHEAD];
        struct cbor_writer w = CBOR_WRITER(buf, sizeof(buf));

        cbor_array(&w, 3);
        cbor_uint(&w, index);
        cbor_text(&w, reg->name);
        cbor_bytes(&w, reg->value, reg->size);
        return leaves_add(l, &w, reg->size);
}

int component_control(struct hasher *h, const struct vcpus *v, struct measured_component *ret) {
        struct leaves l;
        int r = leaves_begin(&l, h, v->n * N_CONTROL_REGISTERS);

        for (size_t i = 0; r == 0 && i < v->n; i++)
                for (size_t j = 0; r == 0 && j < N_CONTROL_REGISTERS; j++)
                        r = add_control(&l, i, vcpu_find(&v->list[i], control_registers[j]));
        return leaves_end(&l, r, "cpu/control", ret);
}

int measure_device(struct hasher *h, const struct tail *t, const struct section *s, struct measured_device *ret) {
        CLEANUP_FREE uint8_t *copy = NULL;
        struct node digest;
        int r = masked_copy(t, s, &copy);

        if (r == 0)
                r = hash_digest(h, copy, s->size, &digest);
        if (r < 0)
                return r;
        *ret = (struct measured_device){ .section = s->name, .instance = s->instance, .version = s->version };
        memcpy(ret->digest, digest.hash, sizeof(digest.hash));
        return 0;
}

static int add_device(struct leaves *l, const struct measured_device *d) {
        uint8_t buf[SECTION_NAME_MAX + VMTEE_DIGEST_SIZE + LEAF_OVERHEAD];
        struct cbor_writer w = CBOR_WRITER(buf, sizeof(buf));

        cbor_array(&w, 4);
        cbor_text(&w, d->section);
        cbor_uint(&w, d->instance);
        cbor_uint(&w, d->version);
        cbor_bytes(&w, d->digest, sizeof(d->digest));
        return leaves_add(l, &w, 0);
}

int component_devices(struct hasher *h, const struct tail *t, const struct measured_device *devices, size_t n,
                      struct measured_component *ret) {
        struct leaves l;
        int r = leaves_begin(&l, h, n);

        for (size_t i = 0; r == 0 && i < n; i++)
                r = add_device(&l, &devices[i]);
        for (size_t i = 0; i < t->sections.n; i++)
                if (!section_is_cpu(&t->sections.list[i]))
                        l.size += t->sections.list[i].size;
        return leaves_end(&l, r, "devices", ret);
}

static int add_block(struct leaves *l, const struct measured_block *b) {
        uint8_t buf[VMTEE_BLOCK_NAME_MAX + VMTEE_DIGEST_SIZE + LEAF_OVERHEAD];
        struct cbor_writer w = CBOR_WRITER(buf, sizeof(buf));

        cbor_array(&w, 3);
        cbor_text(&w, b->name);
        cbor_uint(&w, b->length);
        cbor_bytes(&w, b->root, sizeof(b->root));
        return leaves_add(l, &w, b->length);
}

static int by_name(const void *a, const void *b) {
        return strcmp(((const struct measured_block *)a)->name, ((const struct measured_block *)b)->name);
}

int component_memory(struct hasher *h, struct measured_block *blocks, size_t n, struct measured_component *ret) {
        struct leaves l;
        int r = leaves_begin(&l, h, n);

        qsort(blocks, n, sizeof(*blocks), by_name);
        for (size_t i = 0; r == 0 && i < n; i++)
                r = add_block(&l, &blocks[i]);
        return leaves_end(&l, r, "memory", ret);
}
