/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot/manifest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cbor/cbor.h"
#include "snapshot/cbor_reader.h"
#include "util/detail.h"

enum { MANIFEST_VERSION = 2, MANIFEST_ITEMS = 12, BLOCK_ITEMS = 3 };

static void encode(struct cbor_writer *w, const struct manifest *m, const struct memory *memory) {
        cbor_array(w, MANIFEST_ITEMS);
        cbor_uint(w, MANIFEST_VERSION);
        cbor_text(w, m->head.machine);
        cbor_uint(w, m->instant.millis);
        cbor_uint(w, m->instant.mode);
        cbor_uint(w, m->instant.pause_micros);
        cbor_uint(w, m->head.ram_section);
        cbor_uint(w, m->head.ram_instance);
        cbor_array(w, memory->n_blocks);
        for (size_t i = 0; i < memory->n_blocks; i++) {
                cbor_array(w, BLOCK_ITEMS);
                cbor_text(w, memory->blocks[i].name);
                cbor_uint(w, memory->blocks[i].length);
                cbor_bytes(w, memory->blocks[i].root.hash, sizeof(memory->blocks[i].root.hash));
        }
        cbor_uint(w, m->sections_size);
        cbor_bytes(w, m->sections_digest.hash, sizeof(m->sections_digest.hash));
        cbor_uint(w, m->json_size);
        cbor_bytes(w, m->json_digest.hash, sizeof(m->json_digest.hash));
}

int manifest_encode(const struct manifest *m, const struct memory *memory, uint8_t **ret, size_t *ret_size) {
        struct cbor_writer count = CBOR_WRITER(NULL, 0);

        encode(&count, m, memory);
        if (count.offset > MANIFEST_SIZE_MAX)
                return vmtee_fail(-E2BIG, "the snapshot's manifest would be too large");
        uint8_t *buf = malloc(count.offset);
        if (!buf)
                return vmtee_fail(-ENOMEM, "no memory for the snapshot's manifest");
        struct cbor_writer w = CBOR_WRITER(buf, count.offset);
        encode(&w, m, memory);
        *ret = buf;
        *ret_size = count.offset;
        return 0;
}

static int decode_block(struct cbor_reader *c, const struct vmtee_limits *limits, struct memory *memory) {
        struct text name;
        uint64_t length;

        if (cbor_expect_array(c, BLOCK_ITEMS) < 0 || cbor_read_text(c, &name) < 0 || cbor_read_uint(c, &length) < 0)
                return -EPROTO;
        const int r = memory_add(memory, limits, name.start, name.size, length);
        return r < 0 ? r : cbor_read_digest(c, memory->blocks[memory->n_blocks - 1].root.hash);
}

static int decode_machine(struct cbor_reader *c, struct head *head) {
        struct text machine;

        if (cbor_read_text(c, &machine) < 0 || machine.size == 0 || machine.size > MACHINE_NAME_MAX)
                return -EPROTO;
        memcpy(head->machine, machine.start, machine.size);
        head->machine[machine.size] = '\0';
        return 0;
}

static int decode_mode(struct cbor_reader *c, enum capture_mode *ret) {
        uint64_t mode;

        if (cbor_read_uint(c, &mode) < 0 || mode >= N_MODES)
                return -EPROTO;
        *ret = (enum capture_mode)mode;
        return 0;
}

static int decode_blocks(struct cbor_reader *c, const struct vmtee_limits *limits, struct memory *memory) {
        uint64_t n;
        int r = cbor_read_array(c, &n);

        for (uint64_t i = 0; r == 0 && i < n; i++)
                r = decode_block(c, limits, memory);
        return r;
}

static int decode(struct cbor_reader *c, const struct vmtee_limits *limits, struct manifest *m,
                  struct memory *memory) {
        uint64_t version;

        if (cbor_expect_array(c, MANIFEST_ITEMS) < 0 || cbor_read_uint(c, &version) < 0)
                return -EPROTO;
        if (version != MANIFEST_VERSION)
                return vmtee_fail(-EPROTO, "the snapshot has version %llu", (unsigned long long)version);
        if (decode_machine(c, &m->head) < 0 || cbor_read_uint(c, &m->instant.millis) < 0 ||
            decode_mode(c, &m->instant.mode) < 0 || cbor_read_uint(c, &m->instant.pause_micros) < 0 ||
            cbor_read_u32(c, &m->head.ram_section) < 0 || cbor_read_u32(c, &m->head.ram_instance) < 0)
                return -EPROTO;
        const int r = decode_blocks(c, limits, memory);
        if (r < 0)
                return r;
        if (cbor_read_uint(c, &m->sections_size) < 0 || cbor_read_digest(c, m->sections_digest.hash) < 0 ||
            cbor_read_uint(c, &m->json_size) < 0 || cbor_read_digest(c, m->json_digest.hash) < 0 ||
            c->offset != c->size)
                return -EPROTO;
        return 0;
}

int manifest_decode(const uint8_t *buf, size_t size, const struct vmtee_limits *limits, struct manifest *ret,
                    struct memory *ret_memory) {
        struct cbor_reader c = { .buf = buf, .size = size };
        struct memory memory = { 0 };
        struct manifest m = { 0 };

        (void)vmtee_fail(-EPROTO, "the snapshot's manifest is malformed");
        const int r = decode(&c, limits, &m, &memory);
        if (r < 0) {
                memory_free(&memory);
                return r;
        }
        *ret = m;
        *ret_memory = memory;
        return 0;
}
