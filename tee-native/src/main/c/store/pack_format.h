/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pack: pages that came new with one snapshot, written once and never changed. Integers are big-endian.
 *
 *   header   magic "vmtpack1", u32 flags, u32 0, salt[16]
 *   frames   FRAME_PAGES pages each (the last fewer) as one zstd frame, or as they are if zstd does not make them smaller;
 *            sealed in an encrypted pack (crypt.h). In any order, without gaps; dead ones may be holes in the file
 *   index    for each frame u64 offset, u32 stored bytes; then for each page its leaf hash (merkle.h); sealed like a frame
 *   footer   u64 offset of the index, u64 its stored bytes, u32 pages, u32 0, SHA-256 over header, stored index and these
 *            24 bytes, magic "vmtpend1"
 *
 * A page is known by pack and slot: its place in the index. Packs are numbered from 1 and named by that.
 */
#ifndef VMTEE_PACK_FORMAT_H
#define VMTEE_PACK_FORMAT_H

#include "vmtee.h"

#define PACK_MAGIC "vmtpack1"
#define PACK_END_MAGIC "vmtpend1"

enum {
        PACK_MAGIC_SIZE = 8,
        PACK_SALT_SIZE = 16,
        PACK_HEADER_SIZE = PACK_MAGIC_SIZE + 8 + PACK_SALT_SIZE,
        PACK_FOOTER_COUNTS_SIZE = 24,
        PACK_FOOTER_SIZE = PACK_FOOTER_COUNTS_SIZE + VMTEE_DIGEST_SIZE + PACK_MAGIC_SIZE,
        PACK_FRAME_ENTRY_SIZE = 12,
        PACK_FLAG_ENCRYPTED = 1,
        PACK_PAGES_MAX = 1 << 24, /* 64 GiB; what has more goes into several */
        PACK_NAME_SIZE = 20,

        FRAME_PAGES = 32,
        FRAME_SIZE = FRAME_PAGES * (int)VMTEE_PAGE_SIZE,
};

/* Where a page lies. Pack 0 holds the page of zeros, which is nowhere. */
struct location {
        uint32_t pack;
        uint32_t slot;
};

static inline uint32_t pack_frames(uint32_t pages) {
        return (pages + FRAME_PAGES - 1) / FRAME_PAGES;
}

static inline size_t frame_size(uint32_t pages, uint32_t frame) {
        const uint32_t left = pages - frame * FRAME_PAGES;

        return (size_t)(left < FRAME_PAGES ? left : FRAME_PAGES) * VMTEE_PAGE_SIZE;
}

#endif
