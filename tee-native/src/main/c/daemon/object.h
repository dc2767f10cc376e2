/* SPDX-License-Identifier: Apache-2.0 */
/* What connections own, and may name to each other. Thread-safe. */
#ifndef VMTEED_OBJECT_H
#define VMTEED_OBJECT_H

#include <pthread.h>
#include <sys/types.h>

#include "remote/protocol.h"

enum object_kind { OBJECT_NONE, OBJECT_CAPTURE, OBJECT_STORE, OBJECT_KEY };

struct object {
        enum object_kind kind;
        uint8_t id[ID_SIZE]; /* random: who was not told it does not find it */
        uid_t owner;
        pthread_mutex_t lock; /* held by who uses what is behind it; a key needs none */
        unsigned users;
        struct object *next;
        union {
                vmtee_capture *capture;
                struct {
                        vmtee_store *store;
                        int dirfd; /* an open file description of our own, to lock */
                };
                vmtee_key *key; /* the daemon's */
        };
};

/* Makes one that can be found, used by the caller; what is behind it is set before it is published. */
struct object *object_new(enum object_kind kind, uid_t owner);
int object_publish(struct object *o);
/* Nobody finds it any more. */
void object_withdraw(struct object *o);
/* Frees it, with what is behind it, once nobody uses it. */
void object_release(struct object *o);

/* Gives the object of that id, kind and user, to be released; NULL, with the sentence, if there is none. */
struct object *object_find(enum object_kind kind, const uint8_t id[static ID_SIZE], uid_t user);

/* Takes both for one call, b may be NULL; -EBUSY if another call has one of them. */
int objects_lock(struct object *a, struct object *b);
void objects_unlock(struct object *a, struct object *b);

#endif
