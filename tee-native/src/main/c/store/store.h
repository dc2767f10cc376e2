/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store of one VM's pages: a directory of packs (pack_format.h), each page once however many snapshots have it. Pages
 * are never shared between VMs, so that no tenant learns from the room his snapshots take what another's guest holds.
 *
 *   00000001.pack ...   what snapshots' maps (page_map.h) refer to
 *   *.pack.new          left by a writer that died; of no use to anybody
 *   store.key           the sealed data key of a store that is encrypted
 *
 * One process at a time may write to a store; who calls has the VM's lock.
 */
#ifndef VMTEE_STORE_H
#define VMTEE_STORE_H

#include <stdbool.h>

#include "merkle/merkle.h"
#include "store/pack.h"
#include "store/page_map.h"

struct stored_pack {
        struct pack pack;   /* as much as could be read */
        int error;          /* why it cannot be used, or 0 */
        uint64_t *verified; /* a bit for each page that was found to be what its hash says; NULL before the first */
};

struct vmtee_store {
        int dirfd;
        struct stored_pack *packs; /* by number */
        size_t n_packs;
        struct hasher *hasher;
        bool encrypted;
        uint8_t data_key[CRYPT_KEY_SIZE];
};

/* NULL if there is none of that number. */
struct stored_pack *store_find(const struct vmtee_store *s, uint32_t id);

/* The pack's page at that location; -EBADMSG if there is none, or why the pack cannot be used. */
int store_locate(const struct vmtee_store *s, struct location at, const struct pack **ret);

/* What no pack was named yet. */
uint32_t store_next_id(const struct vmtee_store *s);

#endif
