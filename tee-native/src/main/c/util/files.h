/* SPDX-License-Identifier: Apache-2.0 */
/* Files by name within a directory; what is written here is durable, and what is read may be damaged. */
#ifndef VMTEE_FILES_H
#define VMTEE_FILES_H

#include <stddef.h>
#include <stdint.h>

struct stat;

/* Creates a file that must not exist yet; returns its descriptor. */
int file_create(int dirfd, const char *name);
int file_write_at(int fd, const char *name, const void *data, size_t size, uint64_t offset);
/* Makes the file durable. */
int file_sync(int fd, const char *name);

/* Creates a file with that content, durable on return. */
int file_write_new(int dirfd, const char *name, const void *data, size_t size);

/* Opens a file for reading. -EBADMSG if it is missing or no regular file. */
int file_open(int dirfd, const char *name, struct stat *ret);
/* -EBADMSG if the file ends before. */
int file_read_at(int fd, const char *name, void *buf, size_t size, uint64_t offset);
/* Reads a whole file of at most `max` bytes into a buffer that the caller frees. */
int file_read_whole(int dirfd, const char *name, size_t max, uint8_t **ret, size_t *ret_size);

#endif
