/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/object.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "util/detail.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct object *objects; /* under the lock, as is the count of users */

struct object *object_new(enum object_kind kind, uid_t owner) {
        struct object *o = calloc(1, sizeof(*o));

        if (!o) {
                (void)vmtee_fail(-ENOMEM, "no memory for a handle");
                return NULL;
        }
        o->kind = kind;
        o->owner = owner;
        o->users = 1;
        if (kind == OBJECT_STORE)
                o->dirfd = -1;
        pthread_mutex_init(&o->lock, NULL);
        return o;
}

int object_publish(struct object *o) {
        if (getrandom(o->id, sizeof(o->id), 0) != sizeof(o->id))
                return vmtee_fail(-EIO, "the system has no random numbers");
        pthread_mutex_lock(&lock);
        o->next = objects;
        objects = o;
        pthread_mutex_unlock(&lock);
        return 0;
}

void object_withdraw(struct object *o) {
        pthread_mutex_lock(&lock);
        for (struct object **p = &objects; *p; p = &(*p)->next)
                if (*p == o) {
                        *p = o->next;
                        break;
                }
        pthread_mutex_unlock(&lock);
}

static void free_object(struct object *o) {
        if (o->kind == OBJECT_CAPTURE)
                vmtee_capture_free(o->capture);
        if (o->kind == OBJECT_STORE) {
                vmtee_store_close(o->store);
                if (o->dirfd >= 0)
                        close(o->dirfd);
        }
        pthread_mutex_destroy(&o->lock);
        free(o);
}

void object_release(struct object *o) {
        if (!o)
                return;
        pthread_mutex_lock(&lock);
        const unsigned left = --o->users;
        pthread_mutex_unlock(&lock);
        if (left == 0)
                free_object(o);
}

struct object *object_find(enum object_kind kind, const uint8_t id[static ID_SIZE], uid_t user) {
        struct object *found = NULL;

        pthread_mutex_lock(&lock);
        for (struct object *o = objects; o && !found; o = o->next)
                if (o->kind == kind && o->owner == user && memcmp(o->id, id, ID_SIZE) == 0) {
                        found = o;
                        found->users++;
                }
        pthread_mutex_unlock(&lock);
        if (!found)
                (void)vmtee_fail(-ENODEV, "the other handle is of before vmteed was restarted, or closed");
        return found;
}

/* Never waits, so the order is of no matter. */
int objects_lock(struct object *a, struct object *b) {
        if (pthread_mutex_trylock(&a->lock) != 0)
                return vmtee_fail(-EBUSY, "the handle is used by another call");
        if (b && b != a && pthread_mutex_trylock(&b->lock) != 0) {
                pthread_mutex_unlock(&a->lock);
                return vmtee_fail(-EBUSY, "the other handle is used by another call");
        }
        return 0;
}

void objects_unlock(struct object *a, struct object *b) {
        if (b && b != a)
                pthread_mutex_unlock(&b->lock);
        pthread_mutex_unlock(&a->lock);
}
