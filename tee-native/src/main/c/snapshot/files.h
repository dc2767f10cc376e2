/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of a snapshot's directory:
 *
 *   ram.img           the RAM blocks one after another in the order of the stream, sparse; a block can be mapped as memory
 *   leaves.bin        the hash of every page, 32 bytes each, in the same order
 *   devices.bin       the device sections as they stood in the stream
 *   description.json  what the stream said of them
 *   manifest.cbor     see manifest.h; it comes last, and without it there is no snapshot
 */
#ifndef VMTEE_FILES_H
#define VMTEE_FILES_H

#include <stddef.h>
#include <stdint.h>

#define FILE_RAM "ram.img"
#define FILE_LEAVES "leaves.bin"
#define FILE_SECTIONS "devices.bin"
#define FILE_DESCRIPTION "description.json"
#define FILE_MANIFEST "manifest.cbor"

/* Creates a file that must not exist yet; returns its descriptor. */
int file_create(int dirfd, const char *name);
int file_write_at(int fd, const char *name, const void *data, size_t size, uint64_t offset);
/* Makes the file durable. */
int file_sync(int fd, const char *name);

/* Opens a file of exactly `size` bytes for reading. -EBADMSG if it is missing, has another size or is no regular file. */
int file_open(int dirfd, const char *name, uint64_t size);
/* -EBADMSG if the file ends before. */
int file_read_at(int fd, const char *name, void *buf, size_t size, uint64_t offset);
/* Reads a whole file of at most `max` bytes into a buffer that the caller frees. */
int file_read_whole(int dirfd, const char *name, size_t max, uint8_t **ret, size_t *ret_size);

#endif
