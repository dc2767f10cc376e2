/* SPDX-License-Identifier: Apache-2.0 */
#include "memory/arena.h"

#include <pthread.h>
#include <stdbool.h>
#include <sys/mman.h>

enum {
        /* Only address space: a guest has one large RAM block, or two. */
        KEPT_MAX = 16,
        /* Less is faulted in within a millisecond. */
        KEPT_SIZE_MIN = 1 << 20,
};

struct kept {
        uint8_t *bytes;
        size_t size;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct kept kept[KEPT_MAX]; /* the one that was given last is the first */
static size_t n_kept;

static void remove_kept(size_t i) {
        n_kept--;
        for (; i < n_kept; i++)
                kept[i] = kept[i + 1];
}

/* Of that very size: guests seldom change theirs. */
static uint8_t *take_kept(size_t size) {
        uint8_t *p = NULL;

        pthread_mutex_lock(&lock);
        for (size_t i = 0; !p && i < n_kept; i++)
                if (kept[i].size == size) {
                        p = kept[i].bytes;
                        remove_kept(i);
                }
        pthread_mutex_unlock(&lock);
        return p;
}

uint8_t *arena_take(size_t size) {
        uint8_t *p = take_kept(size);

        if (p)
                return p;
        p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (p == MAP_FAILED)
                return NULL;
        /* The guest's memory does not belong into a core file of ours. */
        (void)madvise(p, size, MADV_DONTDUMP);
        return p;
}

/* Gives what has to go for it. */
static struct kept keep(struct kept new) {
        struct kept oldest = { 0 };

        pthread_mutex_lock(&lock);
        if (n_kept == KEPT_MAX)
                oldest = kept[--n_kept];
        for (size_t i = n_kept++; i > 0; i--)
                kept[i] = kept[i - 1];
        kept[0] = new;
        pthread_mutex_unlock(&lock);
        return oldest;
}

void arena_give(uint8_t *p, size_t size) {
        struct kept leaving = { p, size };

        if (p && size >= KEPT_SIZE_MIN && madvise(p, size, MADV_FREE) == 0)
                leaving = keep(leaving);
        if (leaving.bytes)
                munmap(leaving.bytes, leaving.size);
}
