/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a stream of bytes to a pipe or file through a buffer, with a deadline and without SIGPIPE. */
#ifndef VMTEE_SINK_H
#define VMTEE_SINK_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "util/wait.h"

struct sink {
        struct waiter waiter;
        int fd;
        int flags; /* of the descriptor before */
        sigset_t signals; /* of the thread before */
        uint8_t *buf;
        size_t used;
};

/* The descriptor is non-blocking until sink_close(). */
int sink_open(struct sink *s, int fd, uint32_t deadline_millis);
void sink_close(struct sink *s);

int sink_put(struct sink *s, const void *data, size_t size);
int sink_put_u8(struct sink *s, uint8_t value);
int sink_put_be32(struct sink *s, uint32_t value);
int sink_put_be64(struct sink *s, uint64_t value);
int sink_flush(struct sink *s);

#endif
