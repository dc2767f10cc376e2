/* SPDX-License-Identifier: Apache-2.0 */
/* One connection: its requests, one after another, and the handle that it owns. */
#ifndef VMTEED_SESSION_H
#define VMTEED_SESSION_H

#include <stdatomic.h>
#include <stdbool.h>

#include "daemon/object.h"
#include "remote/message.h"
#include "remote/wire.h"

struct daemon_key;

struct session {
        int fd; /* stays the caller's */
        uid_t user;
        struct daemon_key *key;
        pthread_mutex_t lock; /* of `own` against session_hang_up() */
        struct object *own;   /* NULL before the first call that makes one */
        atomic_bool hung;     /* the peer has gone */
        atomic_bool draining; /* reads what must be read to its end, peer or not */
};

void session_init(struct session *s, int fd, uid_t user, struct daemon_key *key);
/* Serves the connection to its end, and frees what it had. */
void session_serve(struct session *s);
/* The peer has gone: what waits for somebody else is cancelled. From any thread. */
void session_hang_up(struct session *s);

/* ---- for the calls ------------------------------------------------------------------------- */

enum { REPLY_FDS_MAX = CAPTURE_EVENTS };

struct request {
        struct wire_in in;
        struct message *message; /* whose descriptors it has */
};

struct reply {
        struct wire_out out;
        int fds[REPLY_FDS_MAX];
        size_t n_fds;
        bool fds_ours; /* to be closed once sent */
};

/* Gives the function's result; descriptors are checked for their count, own handle for its kind. */
typedef int64_t (*serve_call)(struct session *s, struct request *q, struct reply *a);

struct served_call {
        enum object_kind own; /* OBJECT_NONE: there must be none yet */
        size_t fds_min, fds_max;
        serve_call serve;
};

extern const struct served_call served_calls[];

/* Makes the handle the connection's own, or releases it. */
int session_adopt(struct session *s, struct object *o, struct reply *a);
/* The same for a capture, whose eventfds go with the reply. */
int64_t session_adopt_capture(struct session *s, vmtee_capture *c, struct reply *a);

/* -EPROTO unless the whole request was understood. */
int request_done(const struct request *q);
/* The descriptor if it is a file of one of the types (S_IFMT's), -EBADF otherwise; stays the message's. A directory must not
 * be the daemon's own. */
int request_fd(struct session *s, struct request *q, size_t i, const mode_t *types, size_t n_types, const char *what);
int request_directory(struct session *s, struct request *q, size_t i);

/* A buffer for a blob of at most `room` bytes; the size is cut to what a reply takes. */
uint8_t *blob_buffer(uint64_t room, size_t *ret_size);
/* Puts the blob into the reply, or what -ENOBUFS needs; frees the buffer. */
int64_t blob_reply(struct reply *a, int r, uint8_t *buf, size_t size);
/* Puts the sentence about a failure before what else is told of it. */
void put_failure(struct reply *a);

#endif
