/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/measured.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "measure/components.h"
#include "snapshot/manifest.h"
#include "util/detail.h"

static int list_blocks(struct measured *m, struct hasher *h, const struct memory *memory) {
        m->blocks = calloc(memory->n_blocks, sizeof(*m->blocks));
        if (!m->blocks)
                return vmtee_fail(-ENOMEM, "no memory for the measurement");
        for (size_t i = 0; i < memory->n_blocks; i++) {
                m->blocks[i] = (struct measured_block){ .name = memory->blocks[i].name,
                                                        .length = memory->blocks[i].length };
                memcpy(m->blocks[i].root, memory->blocks[i].root.hash, sizeof(m->blocks[i].root));
        }
        return component_memory(h, m->blocks, memory->n_blocks, &m->components[COMPONENT_MEMORY]);
}

static int list_devices(struct measured *m, struct hasher *h, const struct tail *tail, size_t *ret_n) {
        size_t n = 0;

        m->devices = calloc(tail->sections.n + 1, sizeof(*m->devices));
        if (!m->devices)
                return vmtee_fail(-ENOMEM, "no memory for the measurement");
        for (size_t i = 0; i < tail->sections.n; i++) {
                const struct section *s = &tail->sections.list[i];

                if (section_is_cpu(s))
                        continue;
                const int r = measure_device(h, tail, s, &m->devices[n++]);
                if (r < 0)
                        return r;
        }
        *ret_n = n;
        return component_devices(h, tail, m->devices, n, &m->components[COMPONENT_DEVICES]);
}

static int make_manifest(struct measured *m, struct hasher *h, const struct head *head, const struct memory *memory,
                         const struct tail *tail, const struct instant *instant) {
        struct manifest manifest = { .head = *head,
                                     .instant = *instant,
                                     .sections_size = tail->sections_size,
                                     .json_size = tail->size - tail->json };
        struct node digest;
        int r = hash_digest(h, tail->bytes, tail->sections_size, &manifest.sections_digest);

        if (r == 0)
                r = hash_digest(h, tail->bytes + tail->json, manifest.json_size, &manifest.json_digest);
        if (r == 0)
                r = manifest_encode(&manifest, memory, &m->manifest, &m->manifest_size);
        if (r == 0)
                r = hash_digest(h, m->manifest, m->manifest_size, &digest);
        if (r == 0)
                memcpy(m->measurement.snapshot_digest, digest.hash, sizeof(digest.hash));
        return r;
}

static int make(struct measured *m, struct hasher *h, const struct head *head, const struct memory *memory,
                const struct tail *tail, const struct instant *instant) {
        struct measurement *out = &m->measurement;
        int r = vcpus_decode(tail, &m->vcpus);

        if (r == 0)
                r = component_cpu(h, tail, &m->components[COMPONENT_CPU]);
        if (r == 0)
                r = component_control(h, &m->vcpus, &m->components[COMPONENT_CONTROL]);
        if (r == 0)
                r = list_devices(m, h, tail, &out->n_devices);
        if (r == 0)
                r = list_blocks(m, h, memory);
        if (r == 0)
                r = make_manifest(m, h, head, memory, tail, instant);
        if (r < 0)
                return r;
        out->instant_millis = instant->millis;
        out->mode = instant->mode;
        out->pause_micros = instant->pause_micros;
        out->components = m->components;
        out->n_components = N_COMPONENTS;
        out->vcpus = m->vcpus.measured;
        out->n_vcpus = m->vcpus.n;
        out->devices = m->devices;
        out->blocks = m->blocks;
        out->n_blocks = memory->n_blocks;
        out->machine = head->machine;
        return 0;
}

int measured_make(struct measured *m, const struct head *head, const struct memory *memory, const struct tail *tail,
                  const struct instant *instant) {
        struct hasher *h = hasher_new();

        if (!h)
                return vmtee_fail(-ENOMEM, "no memory to hash");
        const int r = make(m, h, head, memory, tail, instant);
        hasher_free(h);
        if (r < 0)
                measured_free(m);
        return r;
}

void measured_free(struct measured *m) {
        free(m->devices);
        free(m->blocks);
        vcpus_free(&m->vcpus);
        free(m->manifest);
        *m = (struct measured){ 0 };
}
