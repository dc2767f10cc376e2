/* SPDX-License-Identifier: Apache-2.0 */
/* A connection to vmteed, and so a handle there. */
#ifndef VMTEED_LINK_H
#define VMTEED_LINK_H

#include <pthread.h>

#include "remote/message.h"
#include "remote/wire.h"

struct link {
        pthread_mutex_t lock; /* one call at a time */
        int fd;               /* -1 once vmteed has gone */
        uint8_t id[ID_SIZE];
};

/* How long vmteed may take for a call that has no deadline of its own. */
enum {
        SHORT_MILLIS = 60 * 1000,
        TPM_MILLIS = 5 * 60 * 1000,
        BULK_MILLIS = 6 * 3600 * 1000, /* reads or writes all of a guest */
        MARGIN_MILLIS = 60 * 1000,     /* beyond a deadline */
};

struct call {
        enum operation op;
        const struct wire_out *request; /* NULL for none */
        const int *fds;
        size_t n_fds;
        uint64_t millis;
        size_t fds_back;
};

/* Initialises it and connects; to be closed in any case. */
int link_open(struct link *l);
/* Connects again. Under the lock. */
int link_connect(struct link *l);
/* Tells vmteed, waits until it has freed what it had, and closes. */
void link_close(struct link *l);

/* The function's result; -ENODEV where there was none. `ret` holds the reply where there was one, also one that tells of a
 * failure, and *ret_body what is in it behind the sentence; to be freed in any case. */
int64_t link_call(struct link *l, const struct call *call, struct message *ret, struct wire_in *ret_body);
/* The same while the lock is held. */
int64_t link_call_locked(struct link *l, const struct call *call, struct message *ret, struct wire_in *ret_body);

/* For calls whose result is all there is to know. */
int link_do(struct link *l, const struct call *call);

/* For a reply that is a blob, where -ENOBUFS tells how large. */
int link_blob(int64_t result, struct wire_in *body, uint8_t *buf, size_t size, size_t *ret_size);

/* Says that the reply makes no sense. */
int link_nonsense(void);

/* -EBADF for what is no open descriptor: it could not be sent. */
int link_check_fd(int fd, const char *what);

#endif
