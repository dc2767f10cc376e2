/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VMTEE_LOAD_H
#define VMTEE_LOAD_H

#include "capture/capture.h"
#include "store/store.h"

/* Opens a snapshot as a measured capture without pages, after checking everything but the pages of its RAM; and gives where
 * those lie. */
int snapshot_load(vmtee_store *s, int dirfd, const uint8_t digest[VMTEE_DIGEST_SIZE], vmtee_capture **ret,
                  struct page_map *ret_map);

#endif
