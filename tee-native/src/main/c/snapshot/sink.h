/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a stream of bytes to a pipe or file, with a deadline and without SIGPIPE. A thread of its own does the writing, so
 * that pages are read and checked while whoever is to take them is not there yet, or is busy with those before.
 */
#ifndef VMTEE_SINK_H
#define VMTEE_SINK_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/wait.h"

/* A QEMU that is being started takes nothing for half a second, in which about so much can be read. */
enum { SINK_PIECES = 256, SINK_PIECE_SIZE = 1 << 20, SINK_DETAIL_SIZE = 512 };

/* A ring: the writer has the first, the others that are full follow it, and the one behind them is being filled. */
struct sink {
        struct waiter waiter;
        int fd;
        int flags; /* of the descriptor before */
        pthread_t writer;
        pthread_mutex_t lock;
        pthread_cond_t changed;
        uint8_t *pieces[SINK_PIECES]; /* NULL until they are needed */
        size_t sizes[SINK_PIECES];
        size_t first, full;
        size_t filling, used; /* which one, and how much of it */
        bool closing;
        int close_fd; /* an event that ends the writer's waiting */
        int error;    /* the writer's, which has ended then */
        char detail[SINK_DETAIL_SIZE];
};

/* The descriptor is non-blocking until sink_close(). */
int sink_open(struct sink *s, int fd, uint32_t deadline_millis);
/* What was not flushed may be lost. */
void sink_close(struct sink *s);

int sink_put(struct sink *s, const void *data, size_t size);
int sink_put_u8(struct sink *s, uint8_t value);
int sink_put_be32(struct sink *s, uint32_t value);
int sink_put_be64(struct sink *s, uint64_t value);
/* Waits until all is written. */
int sink_flush(struct sink *s);

#endif
