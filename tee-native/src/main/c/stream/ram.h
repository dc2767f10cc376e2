/* SPDX-License-Identifier: Apache-2.0 */
/* The payload of the RAM section's START, PART and END: records up to an end mark. */
#ifndef VMTEE_RAM_H
#define VMTEE_RAM_H

#include <stdbool.h>

#include "memory/memory.h"
#include "stream/source.h"

struct ram_reader {
        struct memory *memory;
        const struct vmtee_limits *limits;
        bool once; /* a page that comes again is an error, and replaces nothing */
        struct block *current; /* that a record marked CONTINUE means */
};

/* Reads one payload. A page that comes again replaces what was there, unless `once` is set. */
int ram_read(struct ram_reader *ram, struct source *s);

#endif
