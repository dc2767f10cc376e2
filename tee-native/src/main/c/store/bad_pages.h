/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages of a pack that were found to be other bytes than their hash says, or whose room was given back. They are remembered
 * beside the pack, so that no snapshot is built upon them; once the same page is stored again, whatever referred to the bad
 * one reads that instead.
 * The file is magic "vmtbad-1", then the slots in ascending order, u32 big-endian.
 */
#ifndef VMTEE_BAD_PAGES_H
#define VMTEE_BAD_PAGES_H

#include "store/pack.h"

struct bad_pages {
        uint64_t *slots; /* a bit for each page; NULL if none is bad */
        size_t n;
};

void bad_pages_free(struct bad_pages *b);

/* None if there is no such file; what is no slot of the pack is passed over. */
int bad_pages_read(int dirfd, const struct pack *p, struct bad_pages *ret);
/* Replaces the file in one step; durable on return. */
int bad_pages_write(int dirfd, const struct pack *p, const struct bad_pages *b);
void bad_pages_remove(int dirfd, uint32_t pack);

int bad_pages_add(struct bad_pages *b, const struct pack *p, uint32_t slot);
bool bad_pages_have(const struct bad_pages *b, uint32_t slot);

#endif
