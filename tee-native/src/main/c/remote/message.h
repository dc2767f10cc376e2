/* SPDX-License-Identifier: Apache-2.0 */
/* Sends and receives messages, see protocol.h. Whoever is at the other end may be hostile. */
#ifndef VMTEED_MESSAGE_H
#define VMTEED_MESSAGE_H

#include "remote/protocol.h"

struct message {
        uint32_t protocol;
        uint32_t api;
        int64_t code;
        uint8_t *body;
        size_t size;
        int fds[FDS_MAX]; /* are the message's; -1 where taken */
        size_t n_fds;
};

/* Frees the body, closes what was not taken. */
void message_free(struct message *m);
/* The descriptor, which is the caller's now. */
int message_take_fd(struct message *m, size_t i);

#define MESSAGE_CLEANUP __attribute__((cleanup(message_free)))

struct message_bounds {
        size_t body;
        size_t fds;
        int first_millis; /* how long the message may let us wait for its begin; -1 for ever */
};

/* Receives the next message: 1, or 0 if the peer has closed. -EPROTO if it is none or breaks a bound, -ETIMEDOUT. To be freed
 * if it is 1. */
int message_receive(int socket, const struct message_bounds *bounds, struct message *ret);

/* Sends one. The descriptors stay the caller's. -EPIPE if the peer has closed, -ETIMEDOUT if it does not read. */
int message_send(int socket, int64_t code, const void *body, size_t size, const int *fds, size_t n_fds);

#endif
