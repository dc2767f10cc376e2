/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a pack. What it says is believed only as far as it was checked: its index by a digest that anybody can make, its
 * pages by nothing. Who needs the attested ones compares hashes. */
#ifndef VMTEE_PACK_H
#define VMTEE_PACK_H

#include <stdbool.h>

#include "merkle/merkle.h"
#include "store/crypt.h"
#include "store/pack_format.h"

struct pack_frame {
        uint64_t offset;
        uint32_t size; /* as stored */
};

struct pack {
        uint32_t id;
        int fd;
        uint32_t pages;
        uint64_t size;               /* of the file */
        struct pack_frame *frames;   /* pack_frames(pages) of them */
        const struct node *leaves;   /* one for each page */
        uint8_t *index;              /* what the leaves point into */
        uint64_t index_size;
        uint8_t salt[PACK_SALT_SIZE];
        struct crypt *crypt;         /* NULL in a pack that is not encrypted */
};

void pack_name(uint32_t id, char ret[static PACK_NAME_SIZE]);

/* Opens a pack and checks its index. data_key may be NULL; then an encrypted pack gives -ENOKEY. -EBADMSG for damage. */
int pack_open(int dirfd, uint32_t id, const uint8_t *data_key, struct hasher *h, struct pack *ret);
void pack_close(struct pack *p);

/* What one thread needs to read frames. */
struct frame_reader;

struct frame_reader *frame_reader_new(void);
void frame_reader_free(struct frame_reader *r);

/* Reads a frame's frame_size() bytes. -EBADMSG if it is damaged or a hole. */
int pack_read_frame(const struct pack *p, struct frame_reader *r, uint32_t frame, uint8_t ret[static FRAME_SIZE]);

#endif
