/* SPDX-License-Identifier: Apache-2.0 */
#include "state_hash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "claims.h"
#include "merkle/merkle.h"
#include "util/cleanup.h"
#include "util/detail.h"

/* The largest encoded component: array head, a name of 255 bytes with its head, algorithm, digest, size. */
enum { COMPONENT_ENCODING_MAX = 1 + 3 + 255 + 1 + 2 + VMTEE_DIGEST_SIZE + 9 };

static int hash_component(struct hasher *h, const char *name, const uint8_t digest[static VMTEE_DIGEST_SIZE],
                          uint64_t size, struct node *ret) {
        uint8_t encoding[COMPONENT_ENCODING_MAX];
        size_t encoding_size;
        struct cbor_writer w = CBOR_WRITER(encoding, sizeof(encoding));

        encode_component(&w, name, digest, size);
        if (cbor_finish(&w, &encoding_size) < 0)
                return vmtee_fail(-EINVAL, "a component's name is too long");
        return hash_leaf(h, encoding, encoding_size, ret);
}

/* Whether the next component in name order is the measured one. */
static bool measured_is_next(const struct measurement *measured, size_t i, const struct vmtee_host_claims *host,
                             size_t j) {
        if (i == measured->n_components || j == host->n_components)
                return j == host->n_components;
        return strcmp(measured->components[i].name, host->components[j].name) < 0;
}

static int hash_components(struct hasher *h, const struct measurement *measured, const struct vmtee_host_claims *host,
                           struct node *leaves) {
        size_t i = 0, j = 0;

        while (i < measured->n_components || j < host->n_components) {
                struct node *leaf = &leaves[i + j];
                int r;

                if (measured_is_next(measured, i, host, j)) {
                        const struct measured_component *m = &measured->components[i++];
                        r = hash_component(h, m->name, m->digest, m->size, leaf);
                } else {
                        const struct vmtee_host_component *c = &host->components[j++];
                        r = hash_component(h, c->name, c->digest, c->size, leaf);
                }
                if (r < 0)
                        return r;
        }
        return 0;
}

static int hash_with(struct hasher *h, const struct measurement *measured, const struct vmtee_host_claims *host,
                     struct node *ret) {
        const size_t n = measured->n_components + host->n_components;
        CLEANUP_FREE struct node *leaves = calloc(n > 0 ? n : 1, sizeof(*leaves));

        if (!leaves)
                return vmtee_fail(-ENOMEM, "no memory");
        const int r = hash_components(h, measured, host, leaves);
        return r < 0 ? r : hash_fold(h, leaves, n, ret);
}

int state_hash(const struct measurement *measured, const struct vmtee_host_claims *host,
               uint8_t ret[static VMTEE_DIGEST_SIZE]) {
        struct hasher *h = hasher_new();
        struct node root;

        if (!h)
                return vmtee_fail(-ENOMEM, "no memory");
        const int r = hash_with(h, measured, host, &root);
        if (r == 0)
                memcpy(ret, root.hash, sizeof(root.hash));
        hasher_free(h);
        return r;
}
