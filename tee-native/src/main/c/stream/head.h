/* SPDX-License-Identifier: Apache-2.0 */
/* The stream's first half: header, machine type and the RAM section. */
#ifndef VMTEE_HEAD_H
#define VMTEE_HEAD_H

#include <stdbool.h>

#include "memory/memory.h"
#include "stream/source.h"

enum { MACHINE_NAME_MAX = 255 };

struct head {
        char machine[MACHINE_NAME_MAX + 1];
        uint32_t ram_section; /* section id */
        uint32_t ram_instance;
        uint64_t first_part_millis; /* since 1970, when the first part of the RAM came; 0 if none did */
};

/* Leaves the source behind the last section of the RAM or, where none is marked as such, at the first FULL section.
 * Where `pages_once` is set, a page that comes a second time is an error: of a background snapshot, the second would be of
 * a later instant. */
int head_read(struct head *head, struct memory *memory, const struct vmtee_limits *limits, bool pages_once,
              struct source *s);

#endif
