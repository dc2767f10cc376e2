/* SPDX-License-Identifier: Apache-2.0 */
#include "memory/rooms.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

enum {
        /* One VM has a large block, or two. Their pages are the kernel's meanwhile, their leaves (1/128) are not. */
        ROOMS_MAX = 64,
        /* Less is read within a millisecond. */
        LENGTH_MIN = 1 << 20,
};

struct room {
        uint8_t vm[VMTEE_UUID_SIZE];
        struct block block; /* name, length, pages, leaves and hashed count */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct room rooms[ROOMS_MAX]; /* the one that was left last is the first */
static size_t n_rooms;

static bool is_room_of(const struct room *r, const uint8_t vm[VMTEE_UUID_SIZE], const struct block *b) {
        return memcmp(r->vm, vm, VMTEE_UUID_SIZE) == 0 && r->block.length == b->length && strcmp(r->block.name, b->name) == 0;
}

static void take_over(struct block *to, const struct block *from) {
        to->pages = from->pages;
        to->leaves = from->leaves;
        to->hashed = from->hashed;
}

bool rooms_take(const uint8_t vm[VMTEE_UUID_SIZE], struct block *b) {
        bool found = false;

        pthread_mutex_lock(&lock);
        for (size_t i = 0; !found && i < n_rooms; i++)
                if (is_room_of(&rooms[i], vm, b)) {
                        take_over(b, &rooms[i].block);
                        memmove(&rooms[i], &rooms[i + 1], (--n_rooms - i) * sizeof(*rooms));
                        found = true;
                }
        pthread_mutex_unlock(&lock);
        return found;
}

void rooms_keep(const uint8_t vm[VMTEE_UUID_SIZE], struct block *b) {
        struct room leaving = { 0 }, kept = { .block = *b };

        if (!b->pages || !b->leaves || b->length < LENGTH_MIN || madvise(b->pages, b->length, MADV_FREE) < 0)
                return;
        memcpy(kept.vm, vm, VMTEE_UUID_SIZE);
        pthread_mutex_lock(&lock);
        if (n_rooms == ROOMS_MAX)
                leaving = rooms[--n_rooms];
        memmove(&rooms[1], &rooms[0], n_rooms++ * sizeof(*rooms));
        rooms[0] = kept;
        pthread_mutex_unlock(&lock);
        b->length = leaving.block.length;
        take_over(b, &leaving.block);
}
