/* SPDX-License-Identifier: Apache-2.0 */
/* Reads single pages of a store. Frames that were read stay for a while: neighbours are often wanted soon. */
#ifndef VMTEE_PAGE_READER_H
#define VMTEE_PAGE_READER_H

#include "store/store.h"

struct page_reader;

/* Serves one thread. NULL if there is no memory. */
struct page_reader *page_reader_new(vmtee_store *s);
void page_reader_free(struct page_reader *r);

/* Gives the page's bytes, which stay until the next call; they are those of `leaf`, or it is -EBADMSG. */
int page_reader_get(struct page_reader *r, struct location at, const struct node *leaf, const uint8_t **ret);

#endif
