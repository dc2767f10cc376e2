/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/head.h"

#include <string.h>

#include "cbor/cbor.h"
#include "stream/format.h"
#include "stream/ram.h"
#include "util/detail.h"
#include "util/reader.h"
#include "util/wait.h"

struct progress {
        struct head *head;
        struct ram_reader ram;
        bool started;
        bool ended;
};

static int take_u32(struct source *s, uint32_t *ret) {
        const int r = source_need(s, sizeof(*ret));

        if (r < 0)
                return r;
        *ret = peek_u32(source_data(s));
        source_take(s, sizeof(*ret));
        return 0;
}

static int read_header(struct source *s) {
        const int r = source_need(s, 8);

        if (r < 0)
                return r;
        if (memcmp(source_data(s), STREAM_MAGIC, 4) != 0 || peek_u32(source_data(s) + 4) != STREAM_VERSION)
                return vmtee_fail(-EPROTO, "no QEMU migration stream of version %d", STREAM_VERSION);
        source_take(s, 8);
        return 0;
}

static int read_configuration(struct head *head, struct source *s) {
        uint32_t size;
        int r = source_need(s, 1);

        if (r < 0)
                return r;
        if (*source_data(s) != SECTION_CONFIGURATION)
                return vmtee_fail(-EPROTO, "the stream does not say its machine type");
        source_take(s, 1);
        r = take_u32(s, &size);
        if (r < 0)
                return r;
        if (size == 0 || size > MACHINE_NAME_MAX)
                return vmtee_fail(-EPROTO, "the machine type's name has %u bytes", size);
        r = source_need(s, size);
        if (r < 0)
                return r;
        if (memchr(source_data(s), 0, size) || !cbor_utf8_valid((const char *)source_data(s), size))
                return vmtee_fail(-EPROTO, "the machine type's name is no text");
        memcpy(head->machine, source_data(s), size);
        head->machine[size] = '\0';
        source_take(s, size);
        return 0;
}

/* u16 command, u16 length, data. */
static int skip_command(struct source *s) {
        int r = source_need(s, 4);

        if (r < 0)
                return r;
        const unsigned command = peek_u16(source_data(s));
        const size_t size = peek_u16(source_data(s) + 2);
        if (command != COMMAND_OPEN_RETURN_PATH && command != COMMAND_PING)
                return vmtee_fail(-EPROTO, "the stream has a command %u", command);
        r = source_need(s, 4 + size);
        if (r == 0)
                source_take(s, 4 + size);
        return r;
}

/* u8 length, name, u32 instance, u32 version; the section id was read. */
static int read_start(struct progress *p, struct source *s, uint32_t id) {
        int r = source_need(s, 1);

        if (r < 0)
                return r;
        const size_t size = *source_data(s);
        r = source_need(s, 1 + size + 8);
        if (r < 0)
                return r;
        const uint8_t *name = source_data(s) + 1;
        if (p->started || size != 3 || memcmp(name, "ram", 3) != 0)
                return vmtee_fail(-EPROTO, "a live section beside the RAM's is not understood");
        if (peek_u32(name + size + 4) != RAM_VERSION)
                return vmtee_fail(-EPROTO, "the RAM section has version %u, not %d", peek_u32(name + size + 4),
                                  RAM_VERSION);
        p->head->ram_section = id;
        p->head->ram_instance = peek_u32(name + size);
        p->started = true;
        source_take(s, 1 + size + 8);
        return 0;
}

static int read_footer(struct source *s, uint32_t id) {
        const int r = source_need(s, 5);

        if (r < 0)
                return r;
        if (*source_data(s) != SECTION_FOOTER || peek_u32(source_data(s) + 1) != id)
                return vmtee_fail(-EPROTO, "section %u does not end at byte %llu", id, (unsigned long long)s->position);
        source_take(s, 5);
        return 0;
}

static int read_ram_section(struct progress *p, struct source *s, uint8_t type) {
        uint32_t id;
        int r = take_u32(s, &id);

        if (r == 0 && type == SECTION_START)
                r = read_start(p, s, id);
        if (r < 0)
                return r;
        if (!p->started || id != p->head->ram_section)
                return vmtee_fail(-EPROTO, "a part of the unknown live section %u", id);
        if (type == SECTION_PART && p->head->first_part_millis == 0)
                p->head->first_part_millis = wall_millis();
        p->ended = type == SECTION_END;
        r = ram_read(&p->ram, s);
        return r < 0 ? r : read_footer(s, id);
}

static int read_section(struct progress *p, struct source *s) {
        const uint8_t type = *source_data(s);

        source_take(s, 1);
        switch (type) {
        case SECTION_COMMAND:
                return skip_command(s);
        case SECTION_START:
        case SECTION_PART:
        case SECTION_END:
                return read_ram_section(p, s, type);
        default:
                return vmtee_fail(-EPROTO, "an unknown section type 0x%02x at byte %llu", type,
                                  (unsigned long long)s->position);
        }
}

int head_read(struct head *head, struct memory *memory, const struct vmtee_limits *limits, bool pages_once,
              struct source *s) {
        struct progress p = { .head = head, .ram = { .memory = memory, .limits = limits, .once = pages_once } };
        int r = read_header(s);

        if (r == 0)
                r = read_configuration(head, s);
        while (r == 0 && !p.ended) {
                r = source_need(s, 1);
                if (r == 0 && *source_data(s) == SECTION_FULL)
                        break;
                if (r == 0)
                        r = read_section(&p, s);
        }
        if (r < 0)
                return r;
        return memory->n_blocks > 0 ? 0 : vmtee_fail(-EPROTO, "the stream has no RAM");
}
