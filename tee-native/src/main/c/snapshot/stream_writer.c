/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot/stream_writer.h"

#include <errno.h>
#include <string.h>

#include "stream/format.h"
#include "util/detail.h"

#define SAVE_MAGIC "LibvirtQemudSave"

enum { SAVE_VERSION = 2, SAVE_UNUSED = 14, XML_SIZE_MAX = 16 << 20 };

/* libvirt's virQEMUSaveHeader, in the host's byte order. */
struct save_header {
        char magic[sizeof(SAVE_MAGIC) - 1];
        uint32_t version;
        uint32_t data_length; /* the XML and its NUL */
        uint32_t was_running;
        uint32_t compressed;
        uint32_t cookie_offset;
        uint32_t unused[SAVE_UNUSED];
};
_Static_assert(sizeof(struct save_header) == 92, "libvirt's save header");

int write_save_header(struct sink *s, const char *domain_xml) {
        const size_t size = strlen(domain_xml) + 1;
        struct save_header h = { .version = SAVE_VERSION, .data_length = (uint32_t)size };

        if (size > XML_SIZE_MAX)
                return vmtee_fail(-E2BIG, "the domain XML has more than %d bytes", XML_SIZE_MAX);
        memcpy(h.magic, SAVE_MAGIC, sizeof(h.magic));
        const int r = sink_put(s, &h, sizeof(h));
        return r < 0 ? r : sink_put(s, domain_xml, size);
}

static int put_name(struct sink *s, const char *name) {
        const int r = sink_put_u8(s, (uint8_t)strlen(name));

        return r < 0 ? r : sink_put(s, name, strlen(name));
}

static int put_section(struct sink *s, uint8_t type, const struct head *head) {
        const int r = sink_put_u8(s, type);

        return r < 0 ? r : sink_put_be32(s, head->ram_section);
}

/* The end of a RAM payload and the section's footer. */
static int end_section(struct sink *s, const struct head *head) {
        int r = sink_put_be64(s, RAM_EOS);

        if (r == 0)
                r = sink_put_u8(s, SECTION_FOOTER);
        return r < 0 ? r : sink_put_be32(s, head->ram_section);
}

static int write_head(struct sink *s, const struct head *head) {
        int r = sink_put(s, STREAM_MAGIC, 4);

        if (r == 0)
                r = sink_put_be32(s, STREAM_VERSION);
        if (r == 0)
                r = sink_put_u8(s, SECTION_CONFIGURATION);
        if (r == 0)
                r = sink_put_be32(s, (uint32_t)strlen(head->machine));
        return r < 0 ? r : sink_put(s, head->machine, strlen(head->machine));
}

static int write_ram_start(struct sink *s, const struct head *head, const struct memory *memory) {
        int r = put_section(s, SECTION_START, head);

        if (r == 0)
                r = put_name(s, "ram");
        if (r == 0)
                r = sink_put_be32(s, head->ram_instance);
        if (r == 0)
                r = sink_put_be32(s, RAM_VERSION);
        if (r == 0)
                r = sink_put_be64(s, memory->total | RAM_MEM_SIZE);
        for (size_t i = 0; r == 0 && i < memory->n_blocks; i++) {
                r = put_name(s, memory->blocks[i].name);
                if (r == 0)
                        r = sink_put_be64(s, memory->blocks[i].length);
        }
        return r < 0 ? r : end_section(s, head);
}

int write_stream_begin(struct sink *s, const struct head *head, const struct memory *memory) {
        int r = write_head(s, head);

        if (r == 0)
                r = write_ram_start(s, head, memory);
        return r < 0 ? r : put_section(s, SECTION_PART, head);
}

int write_page(struct sink *s, const struct block *b, size_t page, const uint8_t *bytes, bool zero) {
        const uint64_t offset = (uint64_t)page * VMTEE_PAGE_SIZE;
        int r = sink_put_be64(s, offset | (zero ? RAM_ZERO : RAM_PAGE) | (page > 0 ? RAM_CONTINUE : 0));

        if (r == 0 && page == 0)
                r = put_name(s, b->name);
        if (r < 0)
                return r;
        return zero ? sink_put_u8(s, 0) : sink_put(s, bytes, VMTEE_PAGE_SIZE);
}

int write_ram_end(struct sink *s, const struct head *head) {
        int r = end_section(s, head);

        if (r == 0)
                r = put_section(s, SECTION_END, head);
        return r < 0 ? r : end_section(s, head);
}
