/* SPDX-License-Identifier: Apache-2.0 */
/* Writes what head_read() reads: a stream as a file has it, without commands, for nobody answers a file. */
#ifndef VMTEE_STREAM_WRITER_H
#define VMTEE_STREAM_WRITER_H

#include "memory/memory.h"
#include "snapshot/sink.h"
#include "stream/head.h"

/* libvirt's save header and the domain's XML. */
int write_save_header(struct sink *s, const char *domain_xml);

/* Header, machine type, the list of RAM blocks, and the begin of a part with pages. */
int write_stream_begin(struct sink *s, const struct head *head, const struct memory *memory);

/* One page; `zero` pages are told without bytes, for the memory they go to need not be empty. The first page of a block
 * names it. */
int write_page(struct sink *s, const struct block *b, size_t page, const uint8_t *bytes, bool zero);

/* The end of the part with pages, and of RAM. */
int write_ram_end(struct sink *s, const struct head *head);

#endif
