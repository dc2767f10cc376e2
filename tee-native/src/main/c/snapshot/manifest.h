/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a snapshot consists of, in deterministic CBOR; its SHA-256 is the snapshot digest that a report attests.
 *
 *   manifest = [version: 2, machine: tstr, instant: uint, mode: uint, pause: uint,
 *               ram-section: uint, ram-instance: uint, [+ [name: tstr, length: uint, root: bstr .size 32]],
 *               sections-size: uint, sections-digest: bstr .size 32, json-size: uint, json-digest: bstr .size 32]
 *
 * `mode` is an enum capture_mode. RAM blocks stand in the order of the stream; the
 * digests are SHA-256 of the device sections as they stood in the stream and of their description. A snapshot's directory has the
 * manifest beside the map of its pages (store/page_map.h); the manifest comes last, and without it there is no snapshot.
 */
#ifndef VMTEE_MANIFEST_H
#define VMTEE_MANIFEST_H

#include "measure/measured.h"

#define FILE_MANIFEST "manifest.cbor"

enum { MANIFEST_SIZE_MAX = 1 << 20 };

struct manifest {
        struct head head;
        struct instant instant;
        uint64_t sections_size;
        struct node sections_digest;
        uint64_t json_size;
        struct node json_digest;
};

/* Encodes into a buffer that the caller frees. The memory's roots must be known. */
int manifest_encode(const struct manifest *m, const struct memory *memory, uint8_t **ret, size_t *ret_size);

/* Fills the memory with blocks without pages, their roots set. */
int manifest_decode(const uint8_t *buf, size_t size, const struct vmtee_limits *limits, struct manifest *ret,
                    struct memory *ret_memory);

#endif
