/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store of one VM's pages: a directory of packs (pack_format.h), each page once however many snapshots have it. Pages
 * are never shared between VMs, so that no tenant learns from the room his snapshots take what another's guest holds.
 *
 *   00000001.pack ...   what snapshots' maps (page_map.h) refer to
 *   00000001.bad ...    which of a pack's pages are not to be used any more (bad_pages.h)
 *   *.new               left by a writer that died; of no use to anybody
 *   store.key           the sealed data key of a store that is encrypted
 *
 * One process at a time may write to a store; who calls has the VM's lock.
 */
#ifndef VMTEE_STORE_H
#define VMTEE_STORE_H

#include <stdbool.h>

#include "merkle/merkle.h"
#include "store/bad_pages.h"
#include "store/pack.h"
#include "store/page_map.h"
#include "store/page_table.h"

struct stored_pack {
        struct pack pack;   /* as much as could be read */
        int error;          /* why it cannot be used, or 0 */
        uint64_t *verified; /* a bit for each page that was found to be what its hash says; NULL before the first */
        struct bad_pages bad;
};

struct vmtee_store {
        int dirfd;
        struct stored_pack *packs; /* by number */
        size_t n_packs;
        struct page_table good; /* all pages that are not bad, once it was asked for */
        struct hasher *hasher;
        bool encrypted;
        uint8_t data_key[CRYPT_KEY_SIZE];
};

/* NULL if there is none of that number. */
struct stored_pack *store_find(const struct vmtee_store *s, uint32_t id);

/* The pack with the `n` pages there; -EBADMSG if there are none, or why the pack cannot be used. */
int store_pages(const struct vmtee_store *s, struct location at, uint32_t n, const struct pack **ret);

/* Where to read the page that a snapshot refers to: elsewhere, if what lies there is known to be bad and the same page is
 * stored once more. */
struct location store_replace(struct vmtee_store *s, struct location at);

/* Puts all pages that can be built upon into a table that has room for them. */
void store_list_good(const struct vmtee_store *s, struct page_table *t);
size_t store_count_pages(const struct vmtee_store *s);

/* Makes a pack that was just written part of the open store. Its number must be the highest. */
int store_add(struct vmtee_store *s, uint32_t id);

/* Makes packs part of the open store that others have written since. */
int store_refresh(struct vmtee_store *s);

/* What no pack was named yet. */
uint32_t store_next_id(const struct vmtee_store *s);

#endif
